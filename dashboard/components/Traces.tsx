import { VariantLabel } from '@dyno/charts/VariantLabel';
import { count, milliseconds } from '@dyno/lab/format';
import { Table, TableTbody, TableTd, TableTh, TableThead, TableTr } from '@mantine/core';
import type { Run } from '../lib/results.ts';
import { Absent, Section } from './Section.tsx';
import tables from './tables.module.css';

const kindWords = {
  p50: 'p50: a median request',
  p95: 'p95: a slow request',
  p99: 'p99: one of the slowest',
} as const;

export function Traces({ run, names }: { run: Run; names: { baseline: string; candidate: string } }) {
  const traces = (run.evidence?.traces ?? []).toSorted(
    (a, b) =>
      a.kind.localeCompare(b.kind) ||
      Number(a.variant === names.candidate) - Number(b.variant === names.candidate),
  );
  // Of one variant alone: an empty place in the table would look like a difference.
  const missing = (run.evidence?.missing ?? []).filter((line) => /^(?:\w+ )?traces? of /.test(line));
  return (
    <Section
      id="traces"
      title="One request, span by span"
      subtitle="The requests at p50, p95 and p99 of each variant, from the virtual user to the database, recorded in a pass of its own."
      flush={traces.length > 0}
    >
      {traces.length === 0 ? (
        <Absent>
          No traces were captured: {run.evidence?.missing.join('; ') || 'the trace pass has not run'}.
        </Absent>
      ) : (
        <div className={tables.scroll}>
          <Table className={tables.table}>
            <TableThead>
              <TableTr>
                <TableTh>Request</TableTh>
                <TableTh>Variant</TableTh>
                <TableTh className={tables.number}>Duration</TableTh>
                <TableTh className={tables.number}>Spans</TableTh>
                <TableTh>Trace</TableTh>
                <TableTh />
              </TableTr>
            </TableThead>
            <TableTbody>
              {traces.map((trace) => (
                <TableTr key={`${trace.variant} ${trace.kind} ${trace.traceId}`}>
                  <TableTd>{kindWords[trace.kind]}</TableTd>
                  <TableTd>
                    <VariantLabel
                      side={trace.variant === names.candidate ? 'candidate' : 'baseline'}
                      name={trace.variant}
                    />
                  </TableTd>
                  <TableTd className={tables.number}>{milliseconds(trace.durationMs)}</TableTd>
                  <TableTd className={tables.number}>{count(trace.spans)}</TableTd>
                  <TableTd>
                    <code>{trace.traceId.slice(0, 12)}</code>
                  </TableTd>
                  <TableTd className={tables.links}>
                    {run.files.includes(trace.file) ? (
                      <a href={waterfallUrl(run.id, trace.file)}>Waterfall</a>
                    ) : null}
                    {isWebAddress(trace.url) ? (
                      <a href={trace.url} target="_blank" rel="noreferrer">
                        Jaeger
                      </a>
                    ) : null}
                  </TableTd>
                </TableTr>
              ))}
            </TableTbody>
          </Table>
          {missing.length > 0 ? <Absent>Missing: {missing.join('; ')}.</Absent> : null}
        </div>
      )}
    </Section>
  );
}

function waterfallUrl(id: string, file: string): string {
  return `/runs/${id}/traces/${encodeURIComponent(file.replace(/^traces\//, '').replace(/\.json$/, ''))}`;
}

/** The address comes from a file: only what can be nothing but a page is made a link. */
export function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
