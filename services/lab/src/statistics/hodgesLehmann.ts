/**
 * Hodges and Lehmann's centre: the median of all averages of two values, with the exact interval of the signed-rank
 * test (Hollander and Wolfe 1999, 3.2 and 3.3; the rule of R's wilcox.test). Assumes symmetry, not a shape. `level` is what the interval attains: it moves in steps,
 * and below six values it does not reach 95 %.
 */
export function hodgesLehmann(
  values: readonly number[],
  level: number,
): { estimate: number; low: number; high: number; level: number } {
  const averages = walshAverages(values);
  const alpha = 1 - level;
  let k = 0;
  while (signedRankCdf(k, values.length) < alpha / 2) k++;
  k = Math.max(k, 1);
  return {
    estimate: median(averages),
    low: averages[k - 1] ?? Number.NaN,
    high: averages[averages.length - k] ?? Number.NaN,
    level: 1 - 2 * signedRankCdf(k - 1, values.length),
  };
}

/** P(V <= v) for Wilcoxon's signed-rank sum of n pairs without ties, when nothing changed. */
export function signedRankCdf(v: number, n: number): number {
  const ways = new Float64Array((n * (n + 1)) / 2 + 1);
  ways[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let sum = ways.length - 1; sum >= rank; sum--)
      ways[sum] = (ways[sum] ?? 0) + (ways[sum - rank] ?? 0);
  }
  return ways.subarray(0, v + 1).reduce((total, count) => total + count, 0) / 2 ** n;
}

function walshAverages(values: readonly number[]): number[] {
  return values.flatMap((a, index) => values.slice(index).map((b) => (a + b) / 2)).sort((a, b) => a - b);
}

function median(sorted: readonly number[]): number {
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
