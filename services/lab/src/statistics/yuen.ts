import { tQuantile, tTwoSidedP } from './studentT.ts';

/** A trimmed mean in the unit of the data (here: log ratios). */
export interface Mean {
  n: number;
  estimate: number;
  standardError: number;
  df: number;
}

/** With its interval. */
export interface Estimate extends Mean {
  /** Two-sided, against 0. */
  p: number;
  low: number;
  high: number;
  /** 1 - alpha of the interval. */
  level: number;
}

/** Values trimmed on each side: none below 8 (too few to spare), then 1, from 16 on 2. */
export function steppedTrim(n: number): number {
  if (n < 8) return 0;
  return n < 16 ? 1 : 2;
}

/**
 * Trimmed t for one sample (Tukey and McLaughlin 1963; Yuen, Biometrika 61, 1974, for two): mean without the `trim` smallest and largest
 * values, standard error s_w sqrt(n) / (n - 2 trim) from the winsorised standard deviation, n - 2 trim - 1 degrees of freedom. trim = 0 is Student's t.
 * Needs at least two values after trimming.
 */
export function trimmedT(values: readonly number[], trim: number, level: number): Estimate {
  const mean = trimmedMean(values, trim);
  const reach = mean.standardError === 0 ? 0 : tQuantile(1 - (1 - level) / 2, mean.df) * mean.standardError;
  return { ...mean, p: pAgainstZero(mean), low: mean.estimate - reach, high: mean.estimate + reach, level };
}

/** The method of every comparison here: the stepped trimmed t on one log ratio ln(candidate / baseline) per block. */
export function logRatioEstimate(logRatios: readonly number[], level: number): Estimate {
  return trimmedT(logRatios, steppedTrim(logRatios.length), level);
}

export function trimmedMean(values: readonly number[], trim: number): Mean {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const kept = n - 2 * trim;
  if (kept < 2) throw new RangeError(`a trimmed t needs at least two values after trimming, not ${kept}`);
  const lowest = sorted[trim] ?? 0;
  const highest = sorted[n - trim - 1] ?? 0;
  const winsorised = sorted.map((value) => Math.min(Math.max(value, lowest), highest));
  return {
    n,
    estimate: average(sorted.slice(trim, n - trim)),
    standardError: (Math.sqrt(squaresAroundMean(winsorised) / (n - 1)) * Math.sqrt(n)) / kept,
    df: kept - 1,
  };
}

/** Two-sided p of the mean against 0. */
export function pAgainstZero({ estimate, standardError, df }: Mean): number {
  if (standardError === 0) return estimate === 0 ? 1 : 0;
  return tTwoSidedP(estimate / standardError, df);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function squaresAroundMean(values: readonly number[]): number {
  const centre = average(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}
