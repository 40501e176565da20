import type { MetricName } from '@dyno/contracts/metrics';
import type { Report } from '@dyno/contracts/report';
import { parseThreshold, type Threshold } from '../statistics/thresholds.ts';

const quantiles: ReadonlyMap<MetricName, number> = new Map([
  ['latency.p50', 0.5],
  ['latency.p95', 0.95],
  ['latency.p99', 0.99],
]);

/** Goals that are a height on the percentile curve, for example p95 below 200 ms. */
export function objectivesOf({ thresholds }: Pick<Report, 'thresholds'>): { quantile: number; ms: number }[] {
  return thresholds.flatMap(({ threshold }) => {
    const goal = parsed(threshold);
    const quantile = goal?.kind === 'absolute' ? quantiles.get(goal.metric) : undefined;
    return goal && quantile !== undefined ? [{ quantile, ms: goal.limit }] : [];
  });
}

/** A threshold that cannot be read, of another version, is no height. */
function parsed(threshold: string): Threshold | null {
  try {
    return parseThreshold(threshold);
  } catch {
    return null;
  }
}
