import { regularizedIncompleteBeta } from './beta.ts';
import { columnsFor, designPairs, factorsMax, foldedHadamard } from './hadamard.ts';
import { holm } from './holm.ts';
import { flagInteractions, type Interaction } from './interactions.ts';
import { tQuantile, tTwoSidedP } from './studentT.ts';
import { type Estimate, logRatioEstimate } from './yuen.ts';

/** A value in logarithms with its interval. */
export type Effect = Pick<Estimate, 'estimate' | 'standardError' | 'df' | 'p' | 'low' | 'high' | 'level'>;

export interface Attribution {
  /** ln(on / off) of each switch, averaged over the others being on and off; with Holm over all of them. */
  effects: (Effect & { adjustedP: number })[];
  /** All of them together: what the product of the factors is. */
  sum: Effect;
  interactions: Interaction[];
  /** Variance of ln(a / b) of two rounds that were measured one after the other, with its degrees of freedom. */
  pair: { variance: number; df: number };
  /** Whether the intervals hold noise alone, or also what the columns without a switch show: three switches and more doing something together. */
  basis: 'noise' | 'columns';
}

/** Below it the columns without a switch are taken to show more than noise. */
const lackOfFitP = 0.1;

/**
 * What each of 2 to 12 switches is worth, from ln(metric) of the 24 rows of the folded design: one list per replicate,
 * at least two. effect = 2 sum(x y) / N; a row and its mirror image are one block, so that a machine that drifts meets
 * neither. Noise is what the replicates of a block differ by.
 */
export function attribute(
  replicates: readonly (readonly number[])[],
  factors: number,
  level = 0.95,
): Attribution {
  const design = foldedHadamard().slice(0, designPairs);
  const columns = columnsFor(factors);
  const halves = replicates.map((ys) => pairsOf(ys));
  const differences = halves.map((pairs) => pairs.map(([first, mirror]) => (first - mirror) / 2));
  const means = halves.map((pairs) => pairs.map(([first, mirror]) => (first + mirror) / 2));
  const noise = withinReplicates(differences);
  const mean = columnMeans(differences);
  const contrast = (column: number) =>
    (2 / designPairs) * sumOf(design.map((row, index) => (row[column] ?? 0) * (mean[index] ?? 0)));
  const unused = Array.from({ length: factorsMax }, (_, column) => column).filter(
    (column) => !columns.includes(column),
  );
  const error = errorOf(noise, unused.map(contrast), replicates.length);
  const raw = columns.map((column) => effectOf(contrast(column), error, level));
  const adjusted = holm(raw.map(({ p }) => p));
  const effects = raw.map((effect, index) => ({ ...effect, adjustedP: adjusted[index] ?? 1 }));
  return {
    effects,
    sum: effectOf(sumOf(raw.map(({ estimate }) => estimate)), times(error, Math.sqrt(factors)), level),
    interactions: flagInteractions({
      // The level of a whole replicate is none of the switches' doing.
      means: columnMeans(means.map(centred)),
      noise: withinReplicates(means.map(centred), 1),
      replicates: replicates.length,
      columns: columns.map((column) => design.map((row) => row[column] ?? 0)),
      effects,
    }),
    pair: { variance: 4 * noise.variance, df: noise.df },
    basis: error.basis,
  };
}

interface StandardError {
  standardError: number;
  df: number;
}

/**
 * What two variants differ by, from ln(b / a) of blocks that hold both: by the blocks' own spread from four on, and by
 * the noise of the whole design below that.
 */
export function contrastOf(logRatios: readonly number[], pair: Attribution['pair'], level = 0.95): Effect {
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

/**
 * Columns without a switch show noise, and besides what three or more switches do together, of which the others get as
 * much. Where that is more than noise it is the error of every effect; else both tell the noise.
 */
function errorOf(
  noise: Variance,
  unused: readonly number[],
  replicates: number,
): StandardError & { basis: Attribution['basis'] } {
  const perEffect = 4 / (designPairs * replicates);
  const ofNoise = {
    standardError: Math.sqrt(noise.variance * perEffect),
    df: noise.df,
    basis: 'noise',
  } as const;
  if (unused.length === 0) return ofNoise;
  const ofColumns = sumOf(unused.map((value) => value ** 2)) / unused.length;
  if (
    ofColumns > 0 &&
    fUpperTail(ofColumns / (noise.variance * perEffect), unused.length, noise.df) < lackOfFitP
  ) {
    return { standardError: Math.sqrt(ofColumns), df: unused.length, basis: 'columns' };
  }
  const df = noise.df + unused.length;
  const pooled = (noise.variance * perEffect * noise.df + ofColumns * unused.length) / df;
  return { standardError: Math.sqrt(pooled), df, basis: 'noise' };
}

/** P(F >= f). */
function fUpperTail(f: number, df1: number, df2: number): number {
  return regularizedIncompleteBeta(df2 / (df2 + df1 * f), df2 / 2, df1 / 2);
}

interface Variance {
  variance: number;
  df: number;
}

/** What the same block differs by from replicate to replicate; `lost` are the degrees of freedom that each replicate's own level took. */
function withinReplicates(values: readonly (readonly number[])[], lost = 0): Variance {
  const middle = columnMeans(values);
  const squares = sumOf(
    values.flatMap((row) => row.map((value, index) => (value - (middle[index] ?? 0)) ** 2)),
  );
  const df = (middle.length - lost) * (values.length - 1);
  return { variance: squares / df, df };
}

function pairsOf(ys: readonly number[]): [number, number][] {
  return Array.from({ length: designPairs }, (_, index) => [
    ys[index] ?? Number.NaN,
    ys[index + designPairs] ?? Number.NaN,
  ]);
}

function centred(values: readonly number[]): number[] {
  const middle = sumOf(values) / values.length;
  return values.map((value) => value - middle);
}

function columnMeans(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, column) => sumOf(rows.map((row) => row[column] ?? 0)) / rows.length);
}

function times(error: StandardError, factor: number): StandardError {
  return { standardError: error.standardError * factor, df: error.df };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
