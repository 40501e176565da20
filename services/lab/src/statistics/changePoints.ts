import { randomOf, shuffled } from '../experiment/random.ts';

export interface ChangePointOptions {
  /** Of the permutations that shuffle the values. */
  seed: number;
  /** A split is kept when at most this share of shuffled series has one as strong. */
  alpha?: number;
  /** Fewest values between two change points. */
  minSize?: number;
  permutations?: number;
}

interface PermutationTest extends Required<Omit<ChangePointOptions, 'seed'>> {
  random: () => number;
}

/** Where a level changed: `index` is the first value of the new level. */
export interface ChangePoint {
  index: number;
  p: number;
}

/**
 * E-divisive (Matteson and James, JASA 109, 2014, with exponent 1): the strongest split of the series by the energy
 * distance of its two sides, kept when shuffled series hardly ever have one as strong; then the same within the parts.
 * Answers the places in ascending order. Values are as they came, in any unit.
 */
export function eDivisive(series: readonly number[], options: ChangePointOptions): ChangePoint[] {
  const { seed, alpha = 0.05, minSize = 2, permutations = 999 } = options;
  const random = randomOf(seed);
  const found: ChangePoint[] = [];
  const parts = [{ from: 0, to: series.length }];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const values = series.slice(part.from, part.to);
    const split = bestSplit(values, minSize);
    if (!split) continue;
    const p = permutationP(values, split.strength, { random, minSize, permutations, alpha });
    if (p > alpha) continue;
    const index = part.from + split.index;
    found.push({ index, p });
    parts.push({ from: part.from, to: index }, { from: index, to: part.to });
  }
  return found.sort((a, b) => a.index - b.index);
}

/**
 * The place tau at which Q(X[0..tau], X[tau..kappa]) is largest over all tau and kappa: a later change must not hide an
 * earlier one. Null when the series is too short to have two sides.
 */
export function bestSplit(
  values: readonly number[],
  minSize = 1,
): { index: number; strength: number } | null {
  const n = values.length;
  if (n < 2 * minSize) return null;
  const sums = distanceSums(values);
  const within = (from: number, to: number) => sums.rectangle(from, to, from, to) / 2;
  let best: { index: number; strength: number } | null = null;
  for (let tau = minSize; tau <= n - minSize; tau += 1) {
    for (let kappa = tau + minSize; kappa <= n; kappa += 1) {
      const left = tau;
      const right = kappa - tau;
      const between = (2 * sums.rectangle(0, tau, tau, kappa)) / (left * right);
      const energy = between - average(within(0, tau), left) - average(within(tau, kappa), right);
      const strength = ((left * right) / (left + right)) * energy;
      if (best === null || strength > best.strength) best = { index: tau, strength };
    }
  }
  return best;
}

/** The mean distance of two different values of a side; a single value has none. */
function average(sumOfPairs: number, size: number): number {
  return size < 2 ? 0 : sumOfPairs / ((size * (size - 1)) / 2);
}

/** Sums of |a - b| over rectangles of pairs in constant time, by a table of prefix sums. */
function distanceSums(values: readonly number[]) {
  const n = values.length;
  const width = n + 1;
  const table = new Float64Array(width * width);
  for (let row = 1; row <= n; row += 1) {
    let sumOfRow = 0;
    for (let column = 1; column <= n; column += 1) {
      sumOfRow += Math.abs((values[row - 1] ?? 0) - (values[column - 1] ?? 0));
      table[row * width + column] = (table[(row - 1) * width + column] ?? 0) + sumOfRow;
    }
  }
  const at = (row: number, column: number) => table[row * width + column] ?? 0;
  return {
    rectangle: (top: number, bottom: number, left: number, right: number) =>
      at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left),
  };
}

/** The series itself is one of its permutations, so that p is never 0. Ends as soon as p must be above alpha. */
function permutationP(
  values: readonly number[],
  strength: number,
  { random, minSize, permutations, alpha }: PermutationTest,
): number {
  let asStrong = 1;
  const enough = alpha * (permutations + 1);
  for (let permutation = 0; permutation < permutations && asStrong <= enough; permutation += 1) {
    const shuffledBest = bestSplit(shuffled(values, random), minSize);
    // A sum in another order differs in its last digits.
    if (shuffledBest && shuffledBest.strength >= strength * (1 - 1e-12)) asStrong += 1;
  }
  return asStrong / (permutations + 1);
}
