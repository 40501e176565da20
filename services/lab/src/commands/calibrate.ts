import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Settings } from '@dyno/contracts/settings';
import type { Command } from 'commander';
import { calibrationOf, calibrationPairsMin, calibrationPlanName, sameTwice } from '../calibration.ts';
import { DynoError } from '../errors.ts';
import { configFileName } from '../experiment/configFile.ts';
import { type LoadedExperiment, loadExperiment } from '../experiment/load.ts';
import type { LoadFlags } from '../experiment/loadOf.ts';
import { withSecrets } from '../experiment/secrets.ts';
import type { Invocation } from '../invocation.ts';
import { calibrationTerminal } from '../report/calibrationTerminal.ts';
import { saveCalibration } from '../run/calibrations.ts';
import { withoutCheckouts } from '../run/checkouts.ts';
import { RunFolder } from '../run/results.ts';
import { withLoad } from './load.ts';
import { measure } from './measure.ts';
import {
  examples,
  helpGroups,
  type OutputOptions,
  type PlanFlags,
  planOptions,
  withOutput,
  withRounds,
} from './options.ts';

interface CalibrateFlags extends OutputOptions, PlanFlags, Omit<LoadFlags, 'vus' | 'rate'> {
  like?: string;
  variant?: string;
}

export function registerCalibrate(dyno: Command, invocation: Invocation): void {
  const calibrate = dyno
    .command('calibrate')
    .helpGroup(helpGroups.measure)
    .description('measure one variant against itself: the noise floor of this machine and service')
    .argument('[experiment]', 'as for dyno run')
    .option('--like <runId>', 'as that run measured, also one of dyno compare; "latest" for the last one')
    .option('--variant <name>', 'which variant; the baseline unless said')
    .option('--plan <name>', "one of the experiment's plans, for its lengths")
    .action(async (experiment, flags) => calibrateCommand(invocation, experiment, flags));
  withRounds(calibrate);
  withLoad(calibrate);
  withOutput(calibrate).addHelpText(
    'after',
    examples([
      'dyno calibrate products --variant optimized',
      'dyno calibrate products --plan full --blocks 20',
      'dyno calibrate --like latest',
    ]),
  );
}

async function calibrateCommand(
  invocation: Invocation,
  name: string | undefined,
  flags: CalibrateFlags,
): Promise<void> {
  const { settings, terminal } = invocation;
  const loaded =
    flags.like === undefined
      ? await loadExperiment(name ?? configFileName, settings.project)
      : await experimentOfRun(settings, flags.like, name);
  const experiment = sameTwice(loaded, {
    variant: flags.variant,
    planName: flags.plan,
    pairs: flags.blocks?.max ?? calibrationPairsMin,
  });
  const options = {
    ...planOptions({ ...flags, plan: calibrationPlanName }),
    blocks: undefined,
    load: { flags, folder: process.cwd() },
  };
  const report = await measure(
    invocation,
    { kind: 'new', experiment, options, seed: flags.seed ?? null },
    flags,
  );
  const folder = await RunFolder.open(settings.results, report.runId);
  const environment = await folder.read('environment.json');
  const calibration = calibrationOf(await folder.read('plan.json'), environment, report, new Date());
  const path = await saveCalibration(settings.home, calibration);
  if (flags.json) process.stdout.write(`${JSON.stringify(calibration, null, 2)}\n`);
  else process.stdout.write(`\n${calibrationTerminal(calibration, report.baseline.name)}`);
  terminal.line(path);
}

/** With the lengths and the mode that the run really had: a pilot would find its variant close to itself, and choose fine mode. */
async function experimentOfRun(
  { results, home, project }: Settings,
  runId: string,
  name: string | undefined,
): Promise<LoadedExperiment> {
  if (name !== undefined) {
    throw new DynoError(
      `--like ${runId} says already what is measured: leave out ${name}, or --like.`,
      exitCodes.usage,
    );
  }
  const folder = await RunFolder.open(results, runId);
  folder.assertMeasuredHere();
  const { experiment, experimentFile, planName, plan, mode } = await withSecrets(
    await folder.read('plan.json'),
    { given: [], project, again: `Set it in the environment: KEY=value dyno calibrate --like ${runId}` },
  );
  return {
    file: experimentFile,
    experiment: {
      ...withoutCheckouts(experiment, home, folder.runId),
      plans: { [planName]: { ...plan, mode } },
    },
  };
}
