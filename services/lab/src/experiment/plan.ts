import type { Experiment, Plan } from '@dyno/contracts/experiment';
import type { MetricName } from '@dyno/contracts/metrics';
import { type PlanFile, planFileSchema, type Round, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import type { LoadedExperiment } from './load.ts';
import { type LoadFlags, loadOf } from './loadOf.ts';
import { randomOf, shuffled } from './random.ts';
import { needsWholeLoad, throughputIsGiven } from './sharedLoad.ts';

/** What a user may change from outside the experiment file. */
export interface PlanOptions {
  /** In place of the experiment's load; files are relative to `folder`. */
  load?: { flags: LoadFlags; folder: string } | undefined;
  planName?: string | undefined;
  candidate?: string | undefined;
  blocks?: { min: number; max: number } | undefined;
  warmupSeconds?: number | undefined;
  windowSeconds?: number | undefined;
  vus?: number | undefined;
  ratePerSecond?: number | undefined;
  mode?: Plan['mode'] | undefined;
  /** In place of the experiment's; gated beside the others. */
  primary?: MetricName | undefined;
  /** As a fraction, in place of the experiment's. */
  margin?: number | undefined;
  /** Beside the experiment's. */
  thresholds?: readonly string[] | undefined;
  /** Also with a relative threshold tighter than the noise floor. */
  force?: boolean | undefined;
  /** Measures what telemetry costs a variant; the baseline unless said. */
  observe?: { variant: string | undefined } | undefined;
}

export interface Decided {
  runId: string;
  createdAt: string;
  seed: number;
  hashes: Record<string, string>;
}

/** Everything that is decided before the first round. The same seed gives the same order. */
export function makePlan(loaded: LoadedExperiment, options: PlanOptions, decided: Decided): PlanFile {
  const experiment = withOptions(loaded.experiment, options);
  const [planName, plan] = choosePlan(loaded, options);
  const names = [experiment.baseline, ...experiment.candidates].map(({ name }) => name);
  const file = planFileSchema.safeParse({
    schemaVersion,
    ...decided,
    ...modeOf(experiment, plan),
    experimentFile: loaded.file,
    experiment,
    planName,
    plan,
    order: blockOrder(names, plan.blocks.max, decided.seed),
    ...(options.force ? { force: true } : {}),
    ...(options.observe ? { observed: observedVariant(experiment, options.observe.variant) } : {}),
  });
  if (file.success) return file.data;
  const problems = file.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new DynoError(`This plan cannot be carried out:\n  ${problems.join('\n  ')}`);
}

/** The one on which the cost of telemetry is measured: the lab must be able to start it with and without. */
function observedVariant({ service, baseline, candidates }: Experiment, wanted = baseline.name): string {
  const variants = [baseline, ...candidates];
  const variant = variants.find(({ name }) => name === wanted);
  if (!variant) {
    const known = variants.map(({ name }) => name).join(', ');
    throw new DynoError(
      `There is no variant "${wanted}" whose cost of observing could be measured: choose from ${known}.`,
    );
  }
  if (variant.url !== undefined || service.telemetry === 'none') {
    const why = variant.url === undefined ? 'the experiment says telemetry: none' : 'Dyno did not start it';
    throw new DynoError(
      `The cost of observing ${wanted} cannot be measured: ${why}. Leave out --observer-cost.`,
    );
  }
  return wanted;
}

/** What can be said of the mode before anything runs; with `auto` the pilot may change it. */
function modeOf(experiment: Experiment, { mode }: Plan): Pick<PlanFile, 'mode' | 'modeReason' | 'pilot'> {
  const { service } = experiment;
  refuseGivenPrimary(experiment, mode);
  if (service.port !== undefined) {
    if (mode === 'fine') {
      throw new DynoError(
        `Fine mode needs both variants alive, and ${service.name} always listens on port ${service.port}: leave out service.port, or choose isolated mode.`,
      );
    }
    const modeReason = `the service always listens on port ${service.port}, so that its variants cannot be alive at once`;
    return { mode: 'isolated', modeReason, pilot: null };
  }
  if (mode === 'auto') {
    const modeReason = needsWholeLoad(experiment) ?? 'no pilot has run';
    return { mode: 'isolated', modeReason, pilot: null };
  }
  return { mode, modeReason: 'asked for', pilot: null };
}

/** A primary metric that cannot differ would end the run at its first look, as equivalent. */
function refuseGivenPrimary({ primary, load }: Experiment, mode: Plan['mode']): void {
  if (primary !== 'throughput') return;
  const why =
    load.ratePerSecond !== undefined
      ? `requests arrive at a fixed ${load.ratePerSecond}/s, so that the primary metric throughput cannot differ: leave out the rate`
      : mode === 'fine' && throughputIsGiven(load, mode)
        ? 'fine mode gives both variants as many requests, so that the primary metric throughput cannot differ: choose isolated mode'
        : null;
  if (why !== null)
    throw new DynoError(`This plan cannot be carried out: ${why}, or choose another primary metric.`);
}

/** Whether the mode is still to be chosen; a run that has rounds keeps its mode. */
export function needsPilot({ plan, pilot, experiment }: PlanFile, rounds: readonly Round[]): boolean {
  return (
    plan.mode === 'auto' &&
    pilot === null &&
    experiment.service.port === undefined &&
    needsWholeLoad(experiment) === null &&
    rounds.length === 0
  );
}

/**
 * Balanced over pairs of blocks: a random order, then its reverse (ABBA or BAAB for two variants),
 * so that a machine that slowly gets slower meets both alike. A fixed order would meet what comes and goes in step with it.
 */
export function blockOrder(variants: readonly string[], blocks: number, seed: number): string[][] {
  const random = randomOf(seed);
  const order: string[][] = [];
  while (order.length < blocks) {
    const first = shuffled(variants, random);
    order.push(first, first.toReversed());
  }
  return order.slice(0, blocks);
}

/** The rounds that count, in order of execution: of each block the last complete set of variants. */
export function countingRounds(plan: PlanFile, rounds: readonly Round[]): Round[] {
  const blocks = Map.groupBy(rounds, ({ block }) => block);
  return [...blocks.keys()]
    .sort((a, b) => a - b)
    .flatMap((block) => lastCompleteSet(blocks.get(block) ?? [], plan.order[block - 1] ?? []));
}

/** A block that was left half done is measured again from its first variant: only rounds of one go belong together. */
function lastCompleteSet(rounds: readonly Round[], order: readonly string[]): Round[] {
  let complete: Round[] = [];
  let current: Round[] = [];
  for (const round of rounds) {
    // A try that was repeated at once leaves its go whole; one that is lost later, or with the database, does not.
    if (round.excluded?.cause === 'damaged' || round.excluded?.cause === 'stack-died') current = [];
    if (round.excluded) continue;
    const begun = round.variant === order[0] ? [] : current;
    current = round.variant === order[begun.length] ? [...begun, round] : [];
    if (current.length === order.length) complete = current;
  }
  return complete;
}

/** A run compares two variants: the baseline and one candidate. */
function withOptions(experiment: Experiment, options: PlanOptions): Experiment {
  const { candidate } = options;
  const chosen =
    candidate === undefined
      ? experiment.candidates[0]
      : experiment.candidates.find(({ name }) => name === candidate);
  if (!chosen) {
    const names = experiment.candidates.map(({ name }) => name).join(', ');
    throw new DynoError(`There is no candidate "${candidate}" in ${experiment.name}: choose from ${names}.`);
  }
  const thresholds = [...experiment.thresholds, ...(options.thresholds ?? [])];
  const { primary = experiment.primary, margin = experiment.margin } = options;
  const gated = [...new Set([...experiment.gated, primary])];
  const load = chosenLoad(experiment.load, options);
  // What a comparison does not use is not kept with it: it may hold secrets.
  const { switches: _, ...compared } = experiment;
  return { ...compared, load, candidates: [chosen], primary, gated, margin, thresholds };
}

/** The experiment's load, or what the user wants in its place. */
export function chosenLoad(
  base: Experiment['load'],
  { load = { flags: {}, folder: '.' }, vus, ratePerSecond }: PlanOptions,
): Experiment['load'] {
  return loadOf({ ...load.flags, vus, rate: ratePerSecond }, load.folder, base);
}

function choosePlan({ file, experiment }: LoadedExperiment, options: PlanOptions): [string, Plan] {
  const names = Object.keys(experiment.plans);
  const name = options.planName ?? names[0] ?? '';
  const plan = experiment.plans[name];
  if (!plan) throw new DynoError(`${file} has no plan "${name}": choose from ${names.join(', ')}.`);
  const changed = {
    ...plan,
    ...(options.blocks ? { blocks: options.blocks } : {}),
    ...(options.warmupSeconds === undefined ? {} : { warmupSeconds: options.warmupSeconds }),
    ...(options.windowSeconds === undefined ? {} : { windowSeconds: options.windowSeconds }),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
  };
  return [name, changed];
}
