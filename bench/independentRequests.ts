import { harrellDavisWeights } from '../services/lab/src/statistics/harrellDavis.ts';

/** How well a window's figure would be known if its requests were independent of each other; relative to the figure. */

export function relativeErrorOfMean(values: ArrayLike<number>): number {
  const { length } = values;
  let sum = 0;
  for (let index = 0; index < length; index += 1) sum += values[index] ?? 0;
  const mean = sum / length;
  let squares = 0;
  for (let index = 0; index < length; index += 1) squares += ((values[index] ?? 0) - mean) ** 2;
  return Math.sqrt(squares / (length - 1) / length) / mean;
}

/** Maritz and Jarrett (JASA 73, 1978) with the weights of Harrell and Davis; `sorted` is ascending. */
export function relativeErrorOfQuantile(sorted: ArrayLike<number>, p: number): number {
  const { first, weights } = harrellDavisWeights(sorted.length, p);
  let estimate = 0;
  let squares = 0;
  for (const [offset, weight] of weights.entries()) {
    const value = sorted[first + offset] ?? Number.NaN;
    estimate += weight * value;
    squares += weight * value ** 2;
  }
  return Math.sqrt(Math.max(0, squares - estimate ** 2)) / estimate;
}
