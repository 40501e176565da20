import type { MetricName, OverallVerdict, Verdict } from '@dyno/contracts/metrics';

export interface Interval {
  low: number;
  high: number;
}

/**
 * The verdict for one difference, where 0 is no change (log ratios, or error rates in points).
 * improved / regressed: the interval of level 1 - alpha excludes 0. equivalent: two one-sided tests (Schuirmann 1987) at
 * alpha each, that is, the `inner` interval of level 1 - 2 alpha lies within ±margin.
 */
export function verdictOf(
  intervals: { interval: Interval; inner: Interval } | null,
  better: 'lower' | 'higher',
  margin: number,
): Verdict {
  if (intervals === null) return 'inconclusive';
  const { interval, inner } = intervals;
  if (interval.high < 0) return better === 'lower' ? 'improved' : 'regressed';
  if (interval.low > 0) return better === 'lower' ? 'regressed' : 'improved';
  return isWithin(inner, margin) ? 'equivalent' : 'inconclusive';
}

export function isWithin({ low, high }: Interval, margin: number): boolean {
  return low >= -margin && high <= margin;
}

/** What the overall verdict asks of a metric. */
export interface JudgedMetric {
  name: MetricName;
  gated: boolean;
  verdict: Verdict;
  /** Looks worse, too much to call the candidate better, and is not certain. */
  leaning: boolean;
}

/**
 * Latency and errors count against a candidate whether gated or not: a better mean is no improvement when the slowest
 * requests or the failures pay for it.
 */
export const watched: readonly MetricName[] = [
  'latency.mean',
  'latency.p50',
  'latency.p95',
  'latency.p99',
  'errors.rate',
];

/**
 * The word over all metrics. A regression of a gated or watched one always shows: alone it is `regressed`, beside an improvement of a gated one `mixed`.
 * Without one the primary metric must be decided and nothing may look worse; then one improvement makes the whole
 * `improved`, else it is what the primary one is. The tail of the latency is seldom certain within a margin of 3 %: were
 * all of them asked for, no unchanged service would ever be equivalent. The sentence names what is undecided.
 */
export function overallVerdict(
  metrics: readonly JudgedMetric[],
  primary: MetricName,
): Exclude<OverallVerdict, 'invalid'> {
  const gated = metrics.filter((metric) => metric.gated);
  const hasImproved = gated.some(({ verdict }) => verdict === 'improved');
  if (regressions(metrics).length > 0) return hasImproved ? 'mixed' : 'regressed';
  if (metrics.some(({ leaning }) => leaning)) return 'inconclusive';
  const ofPrimary = gated.find(({ name }) => name === primary)?.verdict;
  if (ofPrimary === 'inconclusive') return 'inconclusive';
  if (hasImproved) return 'improved';
  // Where the primary metric was not measured, the others have to agree.
  const equivalent = ofPrimary
    ? ofPrimary === 'equivalent'
    : gated.length > 0 && gated.every(({ verdict }) => verdict === 'equivalent');
  return equivalent ? 'equivalent' : 'inconclusive';
}

/** The metrics that got worse and count. */
export function regressions<Metric extends Omit<JudgedMetric, 'leaning'>>(
  metrics: readonly Metric[],
): Metric[] {
  return metrics.filter(
    ({ name, gated, verdict }) => verdict === 'regressed' && (gated || watched.includes(name)),
  );
}
