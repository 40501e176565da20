import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { RunFolder } from '../run/results.ts';
import { examples, helpGroups, type OutputOptions, withOutput } from './options.ts';
import { printReport } from './printReport.ts';

export function registerReport(dyno: Command, invocation: Invocation): void {
  const report = dyno
    .command('report')
    .helpGroup(helpGroups.read)
    .description('print the report of a run')
    .argument('[runId]', 'the last run unless said', 'latest')
    .option('--remake', 'compute everything behind the raw samples again')
    .action(async (runId, options) => reportCommand(invocation, runId, options));
  withOutput(report).addHelpText('after', examples(['dyno report', 'dyno report --json > report.json']));
}

/** Prints what the files say; with --remake they are made again from the raw samples. */
async function reportCommand(
  invocation: Invocation,
  runId: string,
  options: OutputOptions & { remake?: boolean },
): Promise<void> {
  const folder = await RunFolder.open(invocation.settings.results, runId);
  const { remakeReport } = await import('../pipeline.ts');
  const remake = options.remake || !folder.has('report.json');
  await printReport(
    invocation,
    remake ? await remakeReport(folder) : await folder.read('report.json'),
    options,
  );
}
