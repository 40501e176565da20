import { designPairs, factorsMax, foldedHadamard } from './hadamard.ts';
import { holm } from './holm.ts';
import { flagInteractions, type Interaction } from './interactions.ts';
import { tQuantile, tTwoSidedP } from './studentT.ts';
import { type Estimate, logRatioEstimate } from './yuen.ts';

/** A value in logarithms with its interval. */
export type Effect = Pick<Estimate, 'estimate' | 'standardError' | 'df' | 'p' | 'low' | 'high' | 'level'>;

/** The design once: in which of its columns each switch stands, and ln(metric) of its 24 rows. */
export interface Replicate {
  columns: readonly number[];
  rows: readonly number[];
}

export interface Attribution {
  /** ln(on / off) of each switch, averaged over the others being on and off; with Holm over all of them. */
  effects: (Effect & { adjustedP: number })[];
  /** All of them together: what the product of the factors is. */
  sum: Effect;
  interactions: Interaction[];
}

/**
 * What each of 2 to 12 switches is worth, from at least two replicates of the folded design. In each
 * effect = 2 sum(x y) / N; a row and its mirror image are one block, so that a machine that drifts meets neither.
 *
 * An effect is free of what pairs do together, not of what three switches do: a third of that is mixed into it, of other
 * threes in other columns. So each replicate has the switches in other columns, drawn at random, and what an effect
 * differs by between them is its error: noise and this mixture alike. Columns without a switch show the same error.
 */
export function attribute(replicates: readonly Replicate[], level = 0.95): Attribution {
  const design = foldedHadamard();
  const perReplicate = replicates.map(({ columns, rows }) =>
    columns.map((column) => contrast(design, column, rows)),
  );
  const unused = replicates.flatMap(({ columns, rows }) =>
    Array.from({ length: factorsMax }, (_, column) => column)
      .filter((column) => !columns.includes(column))
      .map((column) => contrast(design, column, rows)),
  );
  const estimates = columnMeans(perReplicate);
  const error = errorOf(perReplicate, estimates, unused);
  const raw = estimates.map((estimate) => effectOf(estimate, error, level));
  const adjusted = holm(raw.map(({ p }) => p));
  const effects = raw.map((effect, index) => ({ ...effect, adjustedP: adjusted[index] ?? 1 }));
  const ofSum = { standardError: error.standardError * Math.sqrt(effects.length), df: error.df };
  return {
    effects,
    sum: effectOf(sumOf(estimates), ofSum, level),
    interactions: flagInteractions({
      means: replicates.map(({ rows }) => mirrored(rows)),
      signs: replicates.map(({ columns }) =>
        columns.map((column) => design.slice(0, designPairs).map((row) => row[column] ?? 0)),
      ),
      effects,
    }),
  };
}

function contrast(design: readonly (readonly number[])[], column: number, rows: readonly number[]): number {
  const signed = design.map((row, index) => (row[column] ?? 0) * (rows[index] ?? Number.NaN));
  return (2 * sumOf(signed)) / design.length;
}

/** Means of each row and its mirror image: what single switches do has cancelled. */
function mirrored(rows: readonly number[]): number[] {
  return Array.from(
    { length: designPairs },
    (_, index) => ((rows[index] ?? Number.NaN) + (rows[index + designPairs] ?? Number.NaN)) / 2,
  );
}

interface StandardError {
  standardError: number;
  df: number;
}

/** All effects have the same error: what they differ by from replicate to replicate, and what columns without a switch show. */
function errorOf(
  perReplicate: readonly (readonly number[])[],
  estimates: readonly number[],
  unused: readonly number[],
): StandardError {
  const replicates = perReplicate.length;
  const between = perReplicate.flatMap((effects) =>
    effects.map((effect, index) => effect - (estimates[index] ?? 0)),
  );
  const df = estimates.length * (replicates - 1) + unused.length;
  const variance = sumOf([...between, ...unused].map((value) => value ** 2)) / df;
  return { standardError: Math.sqrt(variance / replicates), df };
}

/** Of ln(a / b) of two rounds of a block. */
interface PairNoise {
  variance: number;
  df: number;
}

/**
 * What two variants differ by, from ln(b / a) of blocks that hold both: by the blocks' own spread from four on, and by
 * the noise of other pairs below that.
 */
export function contrastOf(logRatios: readonly number[], pair: PairNoise, level = 0.95): Effect {
  if (logRatios.length >= 4) return logRatioEstimate(logRatios, level);
  const estimate = sumOf(logRatios) / logRatios.length;
  return effectOf(
    estimate,
    { standardError: Math.sqrt(pair.variance / logRatios.length), df: pair.df },
    level,
  );
}

/** b - a, for two estimates that know nothing of each other (Welch and Satterthwaite). */
export function differenceOf(a: Effect, b: Effect, level = 0.95): Effect {
  const [varianceA, varianceB] = [a.standardError ** 2, b.standardError ** 2];
  const variance = varianceA + varianceB;
  const df = variance === 0 ? a.df : variance ** 2 / (varianceA ** 2 / a.df + varianceB ** 2 / b.df);
  return effectOf(b.estimate - a.estimate, { standardError: Math.sqrt(variance), df }, level);
}

export function effectOf(estimate: number, { standardError, df }: StandardError, level: number): Effect {
  const reach = standardError === 0 ? 0 : tQuantile(1 - (1 - level) / 2, df) * standardError;
  const p = standardError === 0 ? Number(estimate === 0) : tTwoSidedP(estimate / standardError, df);
  return { estimate, standardError, df, p, low: estimate - reach, high: estimate + reach, level };
}

/** Of one sample around its mean. */
export function spreadOf(logRatios: readonly number[]): PairNoise {
  const middle = sumOf(logRatios) / logRatios.length;
  const df = logRatios.length - 1;
  return { variance: sumOf(logRatios.map((value) => (value - middle) ** 2)) / df, df };
}

function columnMeans(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, column) => sumOf(rows.map((row) => row[column] ?? 0)) / rows.length);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
