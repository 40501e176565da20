import type { Ablation } from '@dyno/contracts/ablation';
import { type ExitCode, exitCodes } from '@dyno/contracts/exitCodes';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DynoError } from '../errors.ts';
import {
  type AblationOptions,
  type AblationPlanName,
  ablationOf,
  ablationPlans,
  makeAblationPlan,
} from '../experiment/ablationPlan.ts';
import { pairsOf } from '../experiment/compare.ts';
import { configFileName } from '../experiment/configFile.ts';
import { type LoadedExperiment, loadExperiment } from '../experiment/load.ts';
import type { LoadFlags } from '../experiment/loadOf.ts';
import { chooseSwitches, factorsOf } from '../experiment/switches.ts';
import type { Invocation } from '../invocation.ts';
import { ablationTerminal } from '../report/ablationTerminal.ts';
import { refuseFinishedAblation } from '../resume.ts';
import { ablationsFolder, RunFolder } from '../run/results.ts';
import type { RunRequest } from '../session.ts';
import { factorsMax } from '../statistics/hadamard.ts';
import { winningGroups } from '../statistics/winningGroups.ts';
import { loadFlags, withLoad } from './load.ts';
import { edgesOf } from './measure.ts';
import {
  count,
  examples,
  helpGroups,
  type OutputOptions,
  seconds,
  several,
  whole,
  withOutput,
} from './options.ts';

interface AblateFlags extends OutputOptions, Omit<LoadFlags, 'vus' | 'rate'> {
  switches?: string[];
  plan?: AblationPlanName;
  replicates?: number;
  warmup?: number;
  duration?: number;
  vus?: number;
  rate?: number;
  seed?: number;
  resume?: string;
  set?: string[];
}

export function registerAblate(dyno: Command, invocation: Invocation): void {
  const ablate = dyno
    .command('ablate')
    .helpGroup(helpGroups.measure)
    .description("measure what each of an experiment's switches is worth, alone and together with the others")
    .argument('[experiment]', 'as for dyno run; it must declare switches')
    .option('--switches <names>', 'only these, with commas between them', names)
    .addOption(
      new Option(
        '--plan <name>',
        'quick: three replicates, a quarter of an hour; full: four, and longer windows',
      ).choices(Object.keys(ablationPlans)),
    )
    .option('--replicates <count>', 'how often the whole design is measured, 2 to 8', replicates)
    .option('--warmup <seconds>', 'before each window', seconds)
    .option('--duration <seconds>', 'of each window', seconds)
    .option('--vus <count>', 'virtual users', count)
    .option('--rate <perSecond>', 'open model: iterations started per second', seconds)
    .option('--seed <number>', 'of the order of blocks and variants', whole)
    .option('--resume <id>', 'go on with one that was stopped; "latest" for the last one')
    .option(
      '--set <KEY=value>',
      'a secret that the resumed one needs again, unless the environment has it; several',
      several,
    )
    .action(async (experiment, flags) => ablateCommand(invocation, experiment, flags));
  withLoad(ablate);
  withOutput(ablate).addHelpText(
    'after',
    examples([
      'dyno ablate products',
      'dyno ablate products --switches indexes,batched-queries,redis-cache',
      'dyno ablate products --plan full',
      'dyno ablate --resume latest',
    ]),
  );
}

async function ablateCommand(
  invocation: Invocation,
  experiment: string | undefined,
  flags: AblateFlags,
): Promise<void> {
  let ablation = await measured(invocation, await requestOf(invocation, experiment, flags), flags);
  const { groups: inside, switches: members, left } = winningGroups(ablation);
  if (left.length > 0) invocation.terminal.line(tooLarge(left));
  if (inside.length > 0) {
    // As JSON only the last one is printed: a reader expects one value.
    if (!flags.json) printAblation(invocation, ablation, {});
    invocation.terminal.line(
      `the groups ${inside.join(', ')} are worth most: now inside them, ${members.join(', ')}`,
    );
    const request = await insideOf(invocation, ablation, { experiment, flags, inside, members });
    ablation = await measured(invocation, request, flags);
  }
  printAblation(invocation, ablation, flags);
  process.exitCode = exitCodeOf(ablation);
}

async function measured(invocation: Invocation, request: RunRequest, flags: AblateFlags): Promise<Ablation> {
  const { runAblation } = await import('../ablation.ts');
  return runAblation(request, edgesOf(invocation), flags.wait === true);
}

export function printAblation(
  { settings }: Invocation,
  ablation: Ablation,
  { json }: { json?: boolean },
): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(ablation, null, 2)}\n`);
    return;
  }
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  process.stdout.write(`\n${ablationTerminal(ablation, { color })}`);
  process.stdout.write(`files: ${ablationsFolder(settings.results)}/${ablation.runId}\n`);
}

async function requestOf(
  { settings }: Invocation,
  experiment: string | undefined,
  flags: AblateFlags,
): Promise<RunRequest> {
  if (flags.resume !== undefined) {
    const kept = [
      'switches',
      'plan',
      'replicates',
      'warmup',
      'duration',
      'vus',
      'rate',
      'seed',
      ...loadFlags,
    ] as const;
    const changed = kept.filter((name) => flags[name] !== undefined).map((name) => `--${name}`);
    if (experiment !== undefined || changed.length > 0) {
      throw new DynoError(
        `A resumed ablation keeps its plan: leave out ${[...(experiment ? [experiment] : []), ...changed].join(' ')}.`,
      );
    }
    const folder = await RunFolder.open(ablationsFolder(settings.results), flags.resume);
    await refuseFinishedAblation(await folder.read('plan.json'), folder);
    return {
      kind: 'resume',
      runId: folder.runId,
      given: (flags.set ?? []).map((pair) => pairsOf([pair], '--set')),
    };
  }
  if (flags.set !== undefined) {
    throw new DynoError('--set gives a resumed ablation its secrets again: add --resume, or leave it out.');
  }
  const loaded = await loadExperiment(experiment ?? configFileName, settings.project);
  // What it cannot do is said before it waits for anybody.
  factorsOf(chooseSwitches(loaded.experiment, flags.switches));
  return newAblation(loaded, flags, { switches: flags.switches });
}

function newAblation(
  experiment: LoadedExperiment,
  flags: AblateFlags,
  chosen: { switches: readonly string[] | undefined; inside?: readonly string[] },
): RunRequest {
  const options: AblationOptions = {
    planName: flags.plan ?? 'quick',
    replicates: flags.replicates,
    warmupSeconds: flags.warmup,
    windowSeconds: flags.duration,
    vus: flags.vus,
    ratePerSecond: flags.rate,
    load: { flags, folder: process.cwd() },
    switches: chosen.switches,
    inside: chosen.inside,
  };
  return {
    kind: 'new',
    experiment,
    options,
    seed: flags.seed ?? null,
    makePlan: (loaded, _, decided) => makeAblationPlan(loaded, options, decided),
  };
}

/** With the same load and lengths; of one that was resumed they are in its plan. */
async function insideOf(
  { settings }: Invocation,
  { runId }: Ablation,
  {
    experiment,
    flags,
    inside,
    members,
  }: { experiment: string | undefined; flags: AblateFlags; inside: string[]; members: string[] },
): Promise<RunRequest> {
  const folder = await RunFolder.open(ablationsFolder(settings.results), runId);
  const stored = await folder.read('plan.json');
  const { experimentFile, planName, plan } = stored;
  const lengths = {
    warmup: plan.warmupSeconds,
    duration: plan.windowSeconds,
    replicates: ablationOf(stored).replicates,
  };
  const name = planName === 'full' ? 'full' : 'quick';
  const again = { ...flags, plan: name, ...lengths } as const;
  const loaded = await loadExperiment(experiment ?? experimentFile, settings.project);
  const sameLoad = { ...loaded.experiment, load: stored.experiment.load };
  return newAblation({ ...loaded, experiment: sameLoad }, again, { switches: members, inside });
}

function tooLarge(groups: readonly string[]): string {
  return `${groups.join(', ')} ${groups.length === 1 ? 'helps' : 'help'}, too, and with ${groups.length === 1 ? 'its' : 'their'} switches there would be more than ${factorsMax}: look inside with --switches`;
}

function exitCodeOf({ valid, metrics }: Ablation): ExitCode {
  if (!valid) return exitCodes.invalid;
  const certain = metrics[0]?.switches.some(({ verdict }) => verdict !== 'inconclusive');
  return certain ? exitCodes.pass : exitCodes.inconclusive;
}

function names(text: string): string[] {
  const found = text.split(',').map((name) => name.trim());
  if (found.includes(''))
    throw new InvalidArgumentError('Names with commas between them, for example indexes,redis-cache.');
  return found;
}

function replicates(text: string): number {
  const value = whole(text);
  if (value < 2 || value > 8)
    throw new InvalidArgumentError('A number from 2 to 8: from one replicate nobody knows the noise.');
  return value;
}
