import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Command } from 'commander';
import { refuseTightGates } from '../calibration.ts';
import { DynoError } from '../errors.ts';
import { countingRounds } from '../experiment/plan.ts';
import type { Invocation } from '../invocation.ts';
import { RunFolder } from '../run/results.ts';
import { refuseUnderWay } from '../run/stored.ts';
import type { Analysis } from '../statistics/analyse.ts';
import { examples, exitCodesHelp, helpGroups, thresholds } from './options.ts';
import { type FormatOptions, putReport, withFormat } from './report.ts';

interface GateFlags extends FormatOptions {
  threshold?: string[];
  force?: boolean;
}

export function registerGate(dyno: Command, invocation: Invocation): void {
  const gate = dyno
    .command('gate')
    .helpGroup(helpGroups.read)
    .description('judge a finished run by other thresholds, without measuring; the exit code is the answer')
    .argument('[runId]', 'the last run unless said', 'latest')
    .option(
      '--threshold <rule>',
      "p(95)<200, errors<1% or p(95)<=+3%, in place of the experiment's; repeatable",
      thresholds,
    )
    .option('--force', 'also by a threshold tighter than the noise floor')
    .option('-q, --quiet', 'no progress')
    .action(async (runId, flags) => gateCommand(invocation, runId, flags));
  withFormat(gate)
    .addHelpText(
      'after',
      examples([
        "dyno gate --threshold 'p(95)<=+3%' --threshold 'errors<1%'",
        "dyno gate latest --threshold 'cpu<=-10%' -o junit.xml",
      ]),
    )
    .addHelpText('after', exitCodesHelp);
}

async function gateCommand(invocation: Invocation, runId: string, flags: GateFlags): Promise<void> {
  const { results } = invocation.settings;
  const folder = await RunFolder.open(results, runId);
  await refuseUnderWay({ kind: 'run', results, folder });
  const { analysisOf } = await import('../pipeline.ts');
  const { analyse } = await import('../statistics/analyse.ts');
  const found = await analysisOf(folder);
  assertCurrent(found);
  const goals = flags.threshold ?? found.plan.experiment.thresholds;
  if (!flags.force) refuseTightGates(goals, found.calibration);
  const experiment = { ...found.plan.experiment, thresholds: goals };
  const report = analyse({ ...found, plan: { ...found.plan, experiment } });
  await putReport(invocation, report, flags);
  process.exitCode = report.exitCode;
}

/** A run that was killed between a round and its figures: they are of an earlier moment. */
function assertCurrent({ plan, rounds, metrics }: Analysis): void {
  const counting = countingRounds(plan, rounds).map(({ round }) => round);
  if (counting.join() === metrics.rounds.map(({ round }) => round).join()) return;
  throw new DynoError(
    `The figures of run ${plan.runId} are older than its rounds: it was cut off. Go on with "dyno run --resume ${plan.runId}", or take what is there with "dyno report ${plan.runId} --remake".`,
    exitCodes.invalid,
  );
}
