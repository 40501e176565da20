import type { Report } from '@dyno/contracts/report';
import type { Invocation } from '../invocation.ts';
import { observerTerminal } from '../report/observerTerminal.ts';
import { reportTerminal } from '../report/reportTerminal.ts';
import { RunFolder } from '../run/results.ts';

/** What a measurement ends with on standard output. */
export async function printReport(
  { settings }: Invocation,
  report: Report,
  { json }: { json?: boolean },
  dashboard = 'npx dyno dashboard',
): Promise<void> {
  if (json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const folder = await RunFolder.open(settings.results, report.runId);
  const links = [
    { title: 'dashboard', url: dashboard },
    ...(await evidenceLinks(folder)),
    { title: 'files', url: `${settings.results}/${report.runId}` },
  ];
  process.stdout.write(`\n${reportTerminal(report, { color, links })}`);
  if (!folder.has('observer.json')) return;
  process.stdout.write(`\n${observerTerminal(await folder.read('observer.json'))}`);
}

async function evidenceLinks(folder: RunFolder): Promise<{ title: string; url: string }[]> {
  if (!folder.has('evidence.json')) return [];
  const { traces, profiles } = await folder.read('evidence.json');
  return [
    ...profiles.map(({ variant, flamegraph }) => ({
      title: `flamegraph, ${variant}`,
      url: folder.file(flamegraph),
    })),
    ...traces.map(({ variant, kind, file }) => ({
      title: `${kind} trace, ${variant}`,
      url: folder.file(file),
    })),
  ];
}
