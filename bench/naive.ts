import { normalCdf } from '../services/lab/src/statistics/normal.ts';
import { tQuantile, tTwoSidedP } from '../services/lab/src/statistics/studentT.ts';

/** How benchmarks are usually compared, so that `bench/statistics.ts` can show what becomes of it. None of this decides anything in Dyno. */

/** Welch's t test of two samples, with the 95 % interval of the difference x - y. */
export function welchT(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): { t: number; df: number; p: number; lower: number; upper: number } {
  const a = momentsOf(x);
  const b = momentsOf(y);
  const error = Math.sqrt(a.variance / a.n + b.variance / b.n);
  const df = error ** 4 / ((a.variance / a.n) ** 2 / (a.n - 1) + (b.variance / b.n) ** 2 / (b.n - 1));
  const difference = a.mean - b.mean;
  const reach = tQuantile(0.975, df) * error;
  const t = difference / error;
  return { t, df, p: tTwoSidedP(t, df), lower: difference - reach, upper: difference + reach };
}

/** Mann and Whitney's U test, normal approximation with ties; U of x. */
export function mannWhitney(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  continuity = true,
): { U: number; p: number } {
  const all = Float64Array.from([...Array.from(x), ...Array.from(y)]).sort();
  const rankOf = new Map<number, number>();
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to] === all[from]) to += 1;
    rankOf.set(all[from] ?? 0, (from + 1 + to) / 2);
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const n = all.length;
  let rankSum = 0;
  for (let index = 0; index < x.length; index += 1) rankSum += rankOf.get(x[index] ?? 0) ?? 0;
  const U = rankSum - (x.length * (x.length + 1)) / 2;
  const variance = ((x.length * y.length) / 12) * (n + 1 - ties / (n * (n - 1)));
  const off = Math.abs(U - (x.length * y.length) / 2) - (continuity ? 0.5 : 0);
  return { U, p: Math.min(1, 2 * normalCdf(-off / Math.sqrt(variance))) };
}

/** "The averages differ by more than five percent." */
export function differByFivePercent(x: ArrayLike<number>, y: ArrayLike<number>): boolean {
  return Math.abs(momentsOf(y).mean / momentsOf(x).mean - 1) > 0.05;
}

function momentsOf(values: ArrayLike<number>): { n: number; mean: number; variance: number } {
  const n = values.length;
  let sum = 0;
  for (let index = 0; index < n; index += 1) sum += values[index] ?? 0;
  const mean = sum / n;
  let squares = 0;
  for (let index = 0; index < n; index += 1) squares += ((values[index] ?? 0) - mean) ** 2;
  return { n, mean, variance: squares / (n - 1) };
}
