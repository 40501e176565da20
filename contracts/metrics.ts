import { z } from 'zod';

/** The metrics of a verdict, in the order in which they are shown. */
export const metricNames = [
  'latency.mean',
  'latency.p50',
  'latency.p95',
  'latency.p99',
  'browser.ttfb',
  'browser.lcp',
  'throughput',
  'errors.rate',
  'cpu.perRequest',
  'cpu.utilization',
] as const;

export const metricNameSchema = z.enum(metricNames);
export type MetricName = z.infer<typeof metricNameSchema>;

export const betterSchema = z.enum(['lower', 'higher']);

/** What a metric is called on a page, its unit in files, and which direction is better. */
export const metricCatalogue: Readonly<
  Record<MetricName, { title: string; unit: 'ms' | '1/s' | '1' | 'ms CPU'; better: 'lower' | 'higher' }>
> = {
  'latency.mean': { title: 'mean latency', unit: 'ms', better: 'lower' },
  'latency.p50': { title: 'p50 latency', unit: 'ms', better: 'lower' },
  'latency.p95': { title: 'p95 latency', unit: 'ms', better: 'lower' },
  'latency.p99': { title: 'p99 latency', unit: 'ms', better: 'lower' },
  // Of page loads, at the percentile by which web vitals are judged (https://web.dev/articles/vitals).
  'browser.ttfb': { title: 'p75 time to first byte', unit: 'ms', better: 'lower' },
  'browser.lcp': { title: 'p75 largest paint', unit: 'ms', better: 'lower' },
  throughput: { title: 'requests per second', unit: '1/s', better: 'higher' },
  'errors.rate': { title: 'error rate', unit: '1', better: 'lower' },
  'cpu.perRequest': { title: 'CPU per request', unit: 'ms CPU', better: 'lower' },
  'cpu.utilization': { title: 'CPU utilization', unit: '1', better: 'lower' },
};

export const verdictSchema = z.enum(['improved', 'regressed', 'equivalent', 'inconclusive']);
export type Verdict = z.infer<typeof verdictSchema>;

/** The verdict over all gated metrics; `invalid` when a guard failed. */
export const overallVerdictSchema = z.enum([...verdictSchema.options, 'mixed', 'invalid']);
export type OverallVerdict = z.infer<typeof overallVerdictSchema>;
