import type { MetricName, OverallVerdict, Verdict } from '@dyno/contracts/metrics';

interface Interval {
  low: number;
  high: number;
}

/**
 * The verdict for one difference, where 0 is no change (log ratios, or error rates in points).
 * improved / regressed: the interval excludes 0. equivalent: it lies within ±margin, which is two one-sided tests (Schuirmann
 * 1987) at half of alpha each; with alpha each the interval on the page could stick out of a margin that it was found to keep.
 */
export function verdictOf(interval: Interval | null, better: 'lower' | 'higher', margin: number): Verdict {
  if (interval === null) return 'inconclusive';
  if (interval.high < 0) return better === 'lower' ? 'improved' : 'regressed';
  if (interval.low > 0) return better === 'lower' ? 'regressed' : 'improved';
  return interval.low >= -margin && interval.high <= margin ? 'equivalent' : 'inconclusive';
}

export interface GatedVerdict {
  name: MetricName;
  verdict: Verdict;
}

/**
 * The word over all gated metrics. A regression always shows: alone it is `regressed`, beside an improvement `mixed`.
 * Without one the primary metric must be decided; then one improvement makes the whole `improved`, and only if all are equivalent is it `equivalent`.
 */
export function overallVerdict(
  gated: readonly GatedVerdict[],
  primary: MetricName,
): Exclude<OverallVerdict, 'invalid'> {
  const has = (verdict: Verdict) => gated.some((metric) => metric.verdict === verdict);
  if (has('regressed')) return has('improved') ? 'mixed' : 'regressed';
  const primaryVerdict = gated.find((metric) => metric.name === primary)?.verdict;
  if (primaryVerdict === 'inconclusive') return 'inconclusive';
  if (has('improved')) return 'improved';
  return gated.length > 0 && gated.every((metric) => metric.verdict === 'equivalent')
    ? 'equivalent'
    : 'inconclusive';
}
