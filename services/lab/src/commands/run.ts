import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { DynoError } from '../errors.ts';
import { pairsOf } from '../experiment/compare.ts';
import { configFileName } from '../experiment/configFile.ts';
import type { LoadFlags } from '../experiment/loadOf.ts';
import type { Invocation } from '../invocation.ts';
import { RunFolder } from '../run/results.ts';
import type { RunRequest } from '../session.ts';
import { loadFlags, withLoad } from './load.ts';
import { measure } from './measure.ts';
import {
  examples,
  exitCodesHelp,
  helpGroups,
  type OutputOptions,
  type PlanFlags,
  planOptions,
  several,
  withOutput,
  withPlan,
} from './options.ts';
import { printReport } from './printReport.ts';

export interface RunOptions extends OutputOptions, PlanFlags, Omit<LoadFlags, 'vus' | 'rate'> {
  resume?: string;
  observerCost?: boolean;
  variant?: string;
  set?: string[];
}

export function registerRun(dyno: Command, invocation: Invocation): void {
  const run = dyno
    .command('run')
    .helpGroup(helpGroups.measure)
    .description('measure an experiment and report its verdict')
    .argument(
      '[experiment]',
      'path of an experiment file, or its name in experiments/; dyno.config.ts of this folder unless said',
    )
    .option('--observer-cost', 'measure behind the rounds what telemetry costs the service, at each level')
    .option('--variant <name>', 'of which variant; the baseline unless said (with --observer-cost)')
    .option('--resume <runId>', 'go on with a run that was stopped; "latest" for the last one')
    .option(
      '--set <KEY=value>',
      'a secret that the resumed run needs again, unless the environment has it; several',
      several,
    )
    .action(async (experiment, options) => runCommand(invocation, experiment, options));
  withPlan(run);
  withLoad(run);
  withOutput(run)
    .addHelpText(
      'after',
      examples([
        'dyno run experiments/products.ts',
        'dyno run products --plan full',
        'dyno run products --blocks 6 --warmup 5 --duration 20 --vus 100',
        'dyno run products --url /products --url "/products?page=2 3" --vus 20',
        'dyno run products --observer-cost --variant optimized',
        'dyno run --resume latest',
      ]),
    )
    .addHelpText('after', exitCodesHelp);
}

async function runCommand(
  invocation: Invocation,
  experiment: string | undefined,
  options: RunOptions,
): Promise<void> {
  const request = await requestOf(invocation, experiment, options);
  const report = await measure(invocation, request, options);
  await printReport(invocation, report, options);
  process.exitCode = report.exitCode;
}

export async function requestOf(
  { settings }: Invocation,
  experiment: string | undefined,
  options: RunOptions,
): Promise<RunRequest> {
  if (options.variant !== undefined && !options.observerCost) {
    throw new DynoError('--variant says whose cost of observing is measured: add --observer-cost.');
  }
  if (options.resume !== undefined) {
    const changes = [
      'plan',
      'candidate',
      'blocks',
      'warmup',
      'duration',
      'vus',
      'rate',
      'seed',
      'mode',
      'primary',
      'margin',
      ...loadFlags,
    ] as const;
    const changed = [
      ...changes.filter((name) => options[name] !== undefined).map((name) => `--${name}`),
      ...(options.observerCost ? ['--observer-cost'] : []),
    ];
    if (experiment !== undefined || changed.length > 0) {
      const what = [...(experiment ? [experiment] : []), ...changed].join(' ');
      throw new DynoError(`A resumed run keeps its plan: leave out ${what}.`);
    }
    const folder = await RunFolder.open(settings.results, options.resume);
    folder.assertMeasuredHere();
    const given = (options.set ?? []).map((pair) => pairsOf([pair], '--set'));
    return { kind: 'resume', runId: folder.runId, given };
  }
  if (options.set !== undefined) {
    throw new DynoError(
      '--set gives a resumed run its secrets again (with --resume); what its variants get, the experiment says.',
    );
  }
  if (experiment === undefined && !existsSync(configFileName)) {
    throw new DynoError(
      `Which experiment? There is no ${configFileName} in this folder: "dyno init" writes one. Or name one, for example: dyno run experiments/products.ts`,
    );
  }
  return {
    kind: 'new',
    experiment: experiment ?? configFileName,
    options: {
      ...planOptions(options),
      load: { flags: options, folder: process.cwd() },
      observe: options.observerCost ? { variant: options.variant } : undefined,
    },
    seed: options.seed ?? null,
  };
}
