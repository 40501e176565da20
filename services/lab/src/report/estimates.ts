import type { MetricResult, Report } from '@dyno/contracts/report';
import {
  beforeAfter,
  change,
  changeInterval,
  count,
  detectable,
  digits,
  levelOf,
  percent,
} from '../format.ts';

/** Tables behind the table of metrics, as text: the first cell of a row is its name. */
export interface TextTable {
  head: string[];
  rows: string[][];
  legend: string;
}

/** How much the metrics scatter, what the run could have seen, and other ways to compute the same; null where no change has a ratio. */
export function estimatesTable({ metrics, margin }: Report): TextTable | null {
  const drawn = metrics.filter(({ ratio }) => ratio !== null);
  if (drawn.length === 0) return null;
  return {
    head: [
      'Metric',
      'Spread',
      'Noise floor',
      'Could have seen',
      'Blocks needed',
      'p',
      'p (Holm)',
      'Hodges-Lehmann',
    ],
    rows: drawn.map((metric) => [
      metric.title,
      shown(metric.spread, percent),
      shown(metric.noiseFloor, percent),
      shown(metric.minimumDetectableEffect, detectable),
      shown(metric.blocksNeeded, count),
      shown(metric.p, probability),
      shown(metric.adjustedP, probability),
      rankEstimate(metric),
    ]),
    legend: `Spread: standard deviation of a pair's change. Could have seen: the change that this run finds with 80\u00a0% power. Blocks needed: in all, for a change of the margin (±${percent(margin)}). p: over all looks; beside it after Holm over the metrics that decide. Hodges-Lehmann: by ranks, with the exact signed-rank interval.`,
  };
}

/** How often the caches of the services had the answer; null where no service said. */
export function cachesTable({ caches = [], baseline, candidate }: Report): TextTable | null {
  if (caches.length === 0) return null;
  return {
    head: ['Cache', baseline.name, candidate.name],
    rows: caches.map(({ cache, baseline: before, candidate: after }) => [
      cache,
      hitRate(before),
      hitRate(after),
    ]),
    legend:
      'Hits of all look-ups, from the start of each service to its end, warm-ups included. Where two caches stand behind each other, the second is asked for what the first has missed.',
  };
}

/** "97.3 % of 12,345". */
function hitRate(counted: { hits: number; misses: number } | null): string {
  if (counted === null) return '–';
  const lookups = counted.hits + counted.misses;
  return lookups === 0 ? 'never asked' : `${percent(counted.hits / lookups)} of ${count(lookups)}`;
}

/** Latency over successful answers alone; null where nothing failed. */
export function successfulTable({ successful, metrics, baseline, candidate }: Report): TextTable | null {
  if (successful.length === 0) return null;
  return {
    head: ['Metric', `${baseline.name} → ${candidate.name}`, 'Change', 'Interval', 'Over all answers'],
    rows: successful.map(({ name, baseline: before, candidate: after, ratio }) => {
      const over = metrics.find((metric) => metric.name === name);
      return [
        over?.title ?? name,
        beforeAfter(before, after, over?.unit ?? 'ms'),
        ratio ? change(ratio.estimate) : '–',
        ratio ? changeInterval(Math.max(ratio.low, 1e-6), ratio.high) : '–',
        over?.ratio ? change(over.ratio.estimate) : '–',
      ];
    }),
    legend: 'A variant that fails fast must not look fast.',
  };
}

/** Then the latency of all answers and that of the successful ones differ, and the reader should see both. */
export function hasFailures({ metrics }: Report): boolean {
  const errors = metrics.find(({ name }) => name === 'errors.rate');
  return errors !== undefined && Math.max(errors.baseline.estimate, errors.candidate.estimate) > 0;
}

function rankEstimate({ hodgesLehmann }: MetricResult): string {
  if (!hodgesLehmann) return '–';
  const { estimate, low, high, level } = hodgesLehmann;
  return `${change(estimate)} (${changeInterval(Math.max(low, 1e-6), high)}, ${levelOf(level)})`;
}

function shown(value: number | null, words: (value: number) => string): string {
  return value === null ? '–' : words(value);
}

function probability(p: number): string {
  return p < 0.001 ? '< 0.001' : digits(p);
}
