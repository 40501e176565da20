import { type MetricName, metricNames } from '@dyno/contracts/metrics';
import type { Report } from '@dyno/contracts/report';
import { type Command, Option } from 'commander';
import { calibrationPlanName } from '../calibration.ts';
import { DynoError } from '../errors.ts';
import type { Invocation } from '../invocation.ts';
import { historyOf } from '../report/history.ts';
import { historyTerminal } from '../report/historyTerminal.ts';
import { terminalText } from '../report/quote.ts';
import { otavaCsv } from '../report/reportCsv.ts';
import { readBaselines, setBaseline } from '../run/baselines.ts';
import { RunFolder, runIds } from '../run/results.ts';
import { examples, helpGroups } from './options.ts';
import { putFile, reportOf } from './report.ts';

interface HistoryFlags {
  metric?: MetricName;
  candidate?: string;
  json?: boolean;
  otava?: boolean;
  output?: string;
}

/** history, baseline. */
export function registerHistory(dyno: Command, invocation: Invocation): void {
  dyno
    .command('history')
    .helpGroup(helpGroups.read)
    .description('the runs of an experiment, where their level changed, and the newest against the baseline')
    .argument('[experiment]', "its name; the last run's unless said")
    .addOption(
      new Option('--metric <name>', 'which one is shown; the primary one unless said').choices(metricNames),
    )
    .option('--candidate <name>', "runs of which candidate; the newest run's unless said")
    .option('--json', 'as JSON')
    .addOption(new Option('--otava', 'as a CSV file for Apache Otava').conflicts('json'))
    .option('-o, --output <file>', 'a file in place of standard output')
    .option('-q, --quiet', 'only errors')
    .action(async (experiment, flags) => historyCommand(invocation, experiment, flags))
    .addHelpText(
      'after',
      examples([
        'dyno history products --metric cpu.perRequest',
        'dyno history products --otava -o runs.csv',
      ]),
    );
  const baseline = dyno
    .command('baseline')
    .helpGroup(helpGroups.read)
    .description("the run that an experiment's later ones are held against");
  baseline
    .command('set')
    .description("its candidate is what the experiment's later runs are held against")
    .argument('[runId]', 'the last run unless said', 'latest')
    .action(async (runId) => setCommand(invocation, runId))
    .addHelpText('after', examples(['dyno baseline set', 'dyno baseline set latest']));
  baseline
    .command('show')
    .description('the established baseline of every experiment')
    .option('--json', 'as JSON')
    .action(async (flags) => showCommand(invocation, flags))
    .addHelpText('after', examples(['dyno baseline show']));
}

async function historyCommand(
  invocation: Invocation,
  name: string | undefined,
  flags: HistoryFlags,
): Promise<void> {
  const { results } = invocation.settings;
  const experiment = name ?? (await latestExperiment(results));
  const { reports, unreadable, others } = await reportsOf(results, experiment);
  for (const line of unreadable) invocation.terminal.line(terminalText(line));
  const established = await establishedOf(results, experiment);
  const history = historyOf(reports, { candidate: flags.candidate, established });
  if (!history) {
    throw new DynoError(
      `There is no finished run of "${experiment}"${flags.candidate ? ` with ${flags.candidate} as its candidate` : ''} in ${results}.${others.length > 0 ? ` There are runs of ${others.join(', ')}.` : ''}`,
    );
  }
  if (flags.json) return putFile(invocation, `${JSON.stringify(history, null, 2)}\n`, flags.output);
  if (flags.otava) {
    const shown = new Set(history.rows.map(({ runId }) => runId));
    return putFile(invocation, otavaCsv(reports.filter(({ runId }) => shown.has(runId))), flags.output);
  }
  const metric = flags.metric ?? reports.at(-1)?.primary ?? 'latency.mean';
  await putFile(invocation, historyTerminal(history, metric), flags.output);
}

/** Also of a run that has no figures yet, or never got any. */
async function latestExperiment(results: string): Promise<string> {
  return (await (await RunFolder.open(results, 'latest')).read('plan.json')).experiment.name;
}

/** Oldest first, without calibrations. A run that cannot be read is named and left out. */
async function reportsOf(
  results: string,
  experiment: string,
): Promise<{ reports: Report[]; unreadable: string[]; others: string[] }> {
  const reports: Report[] = [];
  const others = new Set<string>();
  const unreadable: string[] = [];
  for (const runId of await runIds(results)) {
    try {
      const folder = await RunFolder.open(results, runId);
      if (!folder.has('report.json')) continue;
      const report = await folder.read('report.json');
      if (report.planName === calibrationPlanName) continue;
      if (report.experiment === experiment) reports.push(report);
      else others.add(report.experiment);
    } catch (error) {
      unreadable.push(`left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return {
    reports: reports.sort((a, b) => a.createdAt.localeCompare(b.createdAt)),
    unreadable,
    others: [...others].sort(),
  };
}

async function establishedOf(results: string, experiment: string): Promise<Report | null> {
  const set = (await readBaselines(results))[experiment];
  if (!set) return null;
  try {
    return await (await RunFolder.open(results, set.runId)).read('report.json');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DynoError(
      `The established baseline of ${experiment} is gone: ${why} Set another one with "dyno baseline set <run>".`,
      undefined,
      { cause: error },
    );
  }
}

async function setCommand(invocation: Invocation, runId: string): Promise<void> {
  const report = await reportOf(invocation, runId);
  const set = await setBaseline(invocation.settings.results, report, new Date());
  process.stdout.write(
    `Later runs of ${report.experiment} are held against ${set.candidate} of run ${set.runId}.\n`,
  );
}

async function showCommand({ settings }: Invocation, { json }: { json?: boolean }): Promise<void> {
  const baselines = await readBaselines(settings.results);
  if (json) {
    process.stdout.write(`${JSON.stringify(baselines, null, 2)}\n`);
    return;
  }
  const lines = Object.entries(baselines).map(
    ([experiment, { runId, candidate, setAt }]) =>
      `${experiment}: ${candidate} of run ${runId}, since ${setAt.slice(0, 10)}`,
  );
  process.stdout.write(
    lines.length === 0 ? 'None is set: "dyno baseline set <run>" sets one.\n' : `${lines.join('\n')}\n`,
  );
}
