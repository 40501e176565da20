import { count, milliseconds } from '@dyno/lab/format';
import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Waterfall } from '../../../../../charts/Waterfall.tsx';
import page from '../../../../../components/page.module.css';
import { isWebAddress } from '../../../../../components/Traces.tsx';
import { readTrace } from '../../../../../lib/results.ts';
import { rowsOf } from '../../../../../lib/trace.ts';

type Props = {
  params: Promise<{ id: string; file: string }>;
  searchParams: Promise<{ spans?: string | string[] }>;
};

/** More lines than anybody reads; a trace can have a hundred thousand. */
const rowsMax = 2000;
const kindWords = {
  p50: 'The request at p50',
  p95: 'The request at p95',
  p99: 'The request at p99',
} as const;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).file) };
}

export default async function TracePage({ params, searchParams }: Props) {
  const { id, file } = await params;
  const unfolded = (await searchParams).spans === 'all';
  const found = await readTrace(id, decodeURIComponent(file));
  if (!found) notFound();
  const { about, run } = found;
  const side = about && about.variant === run.variants?.candidate ? 'candidate' : 'baseline';
  const rows = found.trace ? rowsOf(found.trace, unfolded) : [];
  return (
    <>
      {found.trace ? (
        <>
          <header>
            <h1 className={page.title}>
              {about ? `${kindWords[about.kind]} of ${about.variant}` : 'One request'}:{' '}
              {milliseconds(found.trace.durationMs)} in {count(found.trace.spans)} spans
            </h1>
            <p className={page.lead}>
              <Link href={`/runs/${id}/why#traces`} prefetch={false}>
                All traces of this run
              </Link>
              {'  ·  '}Trace <code>{found.trace.traceId}</code>
              {about && isWebAddress(about.url) ? (
                <>
                  {'  ·  '}
                  <a href={about.url} target="_blank" rel="noreferrer">
                    Open in Jaeger
                  </a>
                </>
              ) : null}
              {unfolded || rows.some((row) => row.bars.length > 1) ? (
                <>
                  {'  ·  '}
                  <Link href={unfolded ? '?' : '?spans=all'} prefetch={false}>
                    {unfolded ? 'Fold equal spans' : 'Show every span'}
                  </Link>
                </>
              ) : null}
            </p>
          </header>
          <Waterfall rows={rows.slice(0, rowsMax)} durationMs={found.trace.durationMs} side={side} />
          {rows.length > rowsMax ? (
            <p className={page.lead}>
              {count(rows.length - rowsMax)} more lines are in{' '}
              <a href={`/runs/${id}/files/${found.file}`}>the file</a>.
            </p>
          ) : null}
        </>
      ) : (
        <header>
          <h1 className={page.title}>This trace cannot be read</h1>
          <p className={page.lead}>
            <code>{found.file}</code> {found.problem}.
          </p>
        </header>
      )}
    </>
  );
}
