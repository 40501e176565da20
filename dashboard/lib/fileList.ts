import type { Run } from './results.ts';
import { openRunFile } from './runFiles.ts';

export interface ListedFile {
  file: string;
  /** What is in it. */
  about: string;
  bytes: number;
}

/** The files of a run that are given out, by what a reader does with them. */
export async function listFiles(run: Run): Promise<{ title: string; files: ListedFile[] }[]> {
  const files = await Promise.all(
    run.files.map(async (file) => ({ file, about: aboutOf(file), bytes: await bytesOf(run.id, file) })),
  );
  return [...Map.groupBy(files, ({ file }) => groupOf(file))].map(([title, own]) => ({ title, files: own }));
}

function groupOf(file: string): string {
  if (file.startsWith('profiles/')) return 'Profiles';
  if (file.startsWith('traces/')) return 'Traces';
  return file.startsWith('report.') ? 'To share' : 'Data';
}

const known: ReadonlyMap<string, string> = new Map([
  ['report.html', 'the report with its charts, one page that works from anywhere'],
  ['report.pdf', 'the report on paper'],
  ['report.md', 'the report as text'],
  ['report.json', 'the answer: verdict, metrics with intervals, guards, goals'],
  ['plan.json', 'what was decided before the first round'],
  ['environment.json', 'the machine and the versions'],
  ['rounds.ndjson', 'a line for each round: load, statuses, CPU'],
  ['metrics.json', 'one value for each round and metric: what the statistics are computed from'],
  ['timeline.json', 'what the charts draw'],
  ['evidence.json', 'which profiles and traces were kept'],
  ['responses.json', 'the answers of both variants, side by side'],
  ['observer.json', "what Dyno's own telemetry costs"],
]);

function aboutOf(file: string): string {
  const [, variant = '', name = ''] = /^profiles\/([^/]+)\/(.+)$/.exec(file) ?? [];
  if (name === 'flamegraph.html') return `flamegraph of ${variant}`;
  if (name !== '') return `stacks of ${variant} with their samples, for other tools`;
  if (file.startsWith('traces/')) return 'one request, its spans as OTLP JSON';
  return known.get(file) ?? '';
}

async function bytesOf(id: string, file: string): Promise<number> {
  const opened = await openRunFile(id, file, Number.MAX_SAFE_INTEGER).catch(() => null);
  await opened?.handle.close();
  return opened?.bytes ?? 0;
}
