import type { AblationBlock, AblationPlan, Factor } from '@dyno/contracts/ablationPlan';
import type { Experiment, Variant } from '@dyno/contracts/experiment';
import { type PlanFile, planFileSchema, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { columnsFor, designPairs, foldedHadamard } from '../statistics/hadamard.ts';
import type { LoadedExperiment } from './load.ts';
import { chosenLoad, type Decided, type PlanOptions } from './plan.ts';
import { randomOf, shuffled } from './random.ts';
import { chooseSwitches, factorsOf, variantWith } from './switches.ts';

/**
 * Lengths of an ablation. The quick one has a quarter of an hour. What makes its intervals narrow is replicates: they
 * average the noise of rounds, and what three switches do together, which longer rounds do not. So the warm-up is short:
 * all combinations pay alike for what it leaves. Windows are not: fifty users who wait for a slow combination come in
 * waves, and a shorter one would see a part of a wave.
 */
export const ablationPlans = {
  quick: { replicates: 3, confirmationBlocks: 2, warmupSeconds: 1, windowSeconds: 4 },
  full: { replicates: 4, confirmationBlocks: 6, warmupSeconds: 5, windowSeconds: 15 },
} as const;
export type AblationPlanName = keyof typeof ablationPlans;

export interface AblationOptions extends PlanOptions {
  planName: AblationPlanName;
  replicates: number | undefined;
  /** All that the experiment has, unless said. */
  switches: readonly string[] | undefined;
  inside: readonly string[] | undefined;
}

/** The variants with nothing and everything on. */
export const allOff = 'all-off';
export const allOn = 'all-on';
export const onlyOf = (factor: string): string => `only-${factor}`;
export const butOf = (factor: string): string => `but-${factor}`;

/** How many are confirmed. */
const confirmedMax = 3;
/** Of a block that confirms them. */
export const confirmationRounds = (factors: number): number => 1 + Math.min(confirmedMax, factors);

/**
 * Everything that is decided before the first round: the folded design, replicate after replicate, with the corners of
 * each factor (nothing, it alone, everything but it, everything) spread among its blocks. What is confirmed behind it
 * is known only when the design is measured.
 */
export function makeAblationPlan(
  { file, experiment: given }: LoadedExperiment,
  options: AblationOptions,
  decided: Decided,
): PlanFile {
  const factors = factorsOf(chooseSwitches(given, options.switches));
  const lengths = ablationPlans[options.planName];
  const replicates = options.replicates ?? lengths.replicates;
  const blocks = orderOf(factors, replicates, decided.seed);
  const random = randomOf(decided.seed + 1);
  const order = blocks.map((block) => shuffled(namesOf(block, []), random));
  const columns = Array.from({ length: replicates }, () =>
    shuffled(columnsFor(factors.length), random).slice(0, factors.length),
  );
  const last = blocks.length + lengths.confirmationBlocks;
  const [baseline, ...candidates] = variantsOf(given, factors, columns);
  const { switches: _, ...experiment } = given;
  const parsed = planFileSchema.safeParse({
    schemaVersion,
    ...decided,
    mode: 'isolated',
    modeReason: 'combinations of switches are far apart: one at a time',
    pilot: null,
    experimentFile: file,
    experiment: {
      ...experiment,
      load: chosenLoad(given.load, options),
      baseline,
      candidates,
      thresholds: [],
    },
    planName: options.planName,
    plan: {
      blocks: { min: last, max: last },
      warmupSeconds: options.warmupSeconds ?? lengths.warmupSeconds,
      windowSeconds: options.windowSeconds ?? lengths.windowSeconds,
      tracePassSeconds: 0,
      profilePassSeconds: 0,
      mode: 'isolated',
    },
    ablation: {
      factors,
      columns,
      replicates,
      confirmationBlocks: lengths.confirmationBlocks,
      blocks,
      confirmed: null,
      ...(options.inside ? { inside: options.inside } : {}),
    },
    order,
  });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new DynoError(`This ablation cannot be carried out:\n  ${problems.join('\n  ')}`);
}

/** The same plan with the blocks that confirm what these factors are worth on top of everything else. */
export function withConfirmation(plan: PlanFile, ranked: readonly string[]): PlanFile {
  const ablation = ablationOf(plan);
  const confirmed = ranked.slice(0, confirmedMax);
  const blocks = Array.from(
    { length: ablation.confirmationBlocks },
    () => ({ kind: 'confirmation' }) as const,
  );
  const random = randomOf(plan.seed + 2);
  return {
    ...plan,
    ablation: { ...ablation, confirmed, blocks: [...ablation.blocks, ...blocks] },
    order: [...plan.order, ...blocks.map((block) => shuffled(namesOf(block, confirmed), random))],
  };
}

export function ablationOf({ runId, ablation }: PlanFile): AblationPlan {
  if (ablation) return ablation;
  throw new DynoError(`Run ${runId} is a comparison, not an ablation: "dyno report ${runId}" shows it.`);
}

/** Each replicate has rows of its own. */
export const rowName = (replicate: number, row: number): string =>
  `rep-${replicate}-row-${String(row + 1).padStart(2, '0')}`;

function orderOf(factors: readonly Factor[], replicates: number, seed: number): AblationBlock[] {
  const random = randomOf(seed);
  const corners = shuffled(factors, random).map(({ name }) => ({ kind: 'corner', factor: name }) as const);
  return Array.from({ length: replicates }, (_, index) => {
    const design = Array.from(
      { length: designPairs },
      (_row, row) => ({ kind: 'design', replicate: index + 1, row }) as const,
    );
    const share = corners.filter((_corner, place) => place % replicates === index);
    return shuffled<AblationBlock>([...design, ...share], random);
  }).flat();
}

function namesOf(block: AblationBlock, confirmed: readonly string[]): string[] {
  switch (block.kind) {
    case 'design':
      return [rowName(block.replicate, block.row), rowName(block.replicate, block.row + designPairs)];
    case 'corner':
      return [allOff, onlyOf(block.factor), allOn, butOf(block.factor)];
    case 'confirmation':
      return [allOn, ...confirmed.map(butOf)];
    default:
      return block satisfies never;
  }
}

/** Nothing on, everything on, the corners and the rows of the design. */
function variantsOf(
  experiment: Experiment,
  factors: readonly Factor[],
  columns: readonly (readonly number[])[],
): Variant[] {
  const rows = columns.flatMap((ofReplicate, replicate) =>
    foldedHadamard().map((row, index) => ({
      name: rowName(replicate + 1, index),
      on: factors.filter((_, factor) => row[ofReplicate[factor] ?? 0] === 1),
    })),
  );
  const sets = [
    { name: allOff, on: [] },
    { name: allOn, on: factors },
    ...factors.flatMap((one) => [
      { name: onlyOf(one.name), on: [one] },
      { name: butOf(one.name), on: factors.filter((other) => other !== one) },
    ]),
    ...rows,
  ];
  return sets.map(({ name, on }) =>
    variantWith(experiment, { name, on: on.flatMap(({ switches }) => switches) }),
  );
}
