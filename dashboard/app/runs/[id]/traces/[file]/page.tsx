import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { TraceHead } from '../../../../../components/TraceHead.tsx';
import { TraceWaterfalls } from '../../../../../components/TraceWaterfalls.tsx';
import { readTraceView } from '../../../../../lib/keptTraces.ts';

type Props = {
  params: Promise<{ id: string; file: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
};

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).file) };
}

/** How did one request differ? One trace, or two on one time axis. */
export default async function TracePage({ params, searchParams }: Props) {
  const { id, file } = await params;
  const view = await readTraceView(id, decodeURIComponent(file));
  if (!view) notFound();
  return (
    <>
      <TraceHead id={id} view={view} />
      <TraceWaterfalls id={id} view={view} query={await searchParams} />
    </>
  );
}
