import { type MetricName, metricCatalogue, type Verdict } from '@dyno/contracts/metrics';
import type { MetricResult } from '@dyno/contracts/report';
import { type BlockRows, metricValue, type RoundRow } from './pairs.ts';
import { differenceP, newcombeDifference, overdispersion, type Proportion, together } from './proportions.ts';
import { alphaAt, looksUpTo, type Range, sequentialP } from './sequential.ts';
import { type Interval, verdictOf } from './verdict.ts';
import { type Estimate, logRatioEstimate } from './yuen.ts';

/** An error rate that moved by less than this in either direction counts as equivalent: half a percentage point. */
export const errorMargin = 0.005;

export interface Rules {
  range: Range;
  /** Of ratios: 0.03 is ÷1.03 to ×1.03. */
  margin: number;
}

/** One metric by itself, before the other metrics are asked. 0 is no change: log ratios, or a difference of error rates. */
export interface TestedMetric {
  name: MetricName;
  pairs: MetricResult['pairs'];
  estimate: number;
  /** Two-sided, of level 1 - alpha of the look at which the blocks end; and of level 1 - 2 alpha. Null where one block gives no spread. */
  interval: Interval | null;
  inner: Interval | null;
  alpha: number;
  /** Over all looks; null where there is no spread. */
  p: number | null;
  /** As if the last look were the only one. */
  plainP: number | null;
  margin: number;
  verdict: Verdict;
  /** Of the mean of the log ratios, for power. */
  uncertainty: { standardError: number; df: number } | null;
  path: MetricResult['path'];
}

/** Null where no block has a value of both variants. */
export function testMetric(
  name: MetricName,
  blocks: readonly BlockRows[],
  rules: Rules,
): TestedMetric | null {
  const pairs = pairsOf(name, blocks);
  if (pairs.length === 0) return null;
  return name === 'errors.rate' ? testErrors(pairs, blocks, rules) : testRatios(name, pairs, blocks, rules);
}

/** Medians, means, rates, CPU: positive, so their ratio is the datum. */
function testRatios(
  name: MetricName,
  pairs: MetricResult['pairs'],
  blocks: readonly BlockRows[],
  { range, margin: share }: Rules,
): TestedMetric {
  const margin = Math.log1p(share);
  const alpha = alphaAt(blocks.length, range);
  const values = logRatios(pairs);
  const estimates = values.length < 2 ? [] : estimatesAtLooks(values, range, alpha);
  const last = estimates.at(-1);
  const inner = last ? logRatioEstimate(values, 1 - 2 * alpha) : null;
  return {
    name,
    pairs,
    estimate: last?.estimate ?? values[0] ?? Number.NaN,
    interval: last ?? null,
    inner,
    alpha,
    p: last ? sequentialP(estimates, range) : null,
    plainP: last?.p ?? null,
    margin,
    verdict: verdictOf(
      last && inner ? { interval: last, inner } : null,
      metricCatalogue[name].better,
      margin,
    ),
    uncertainty: last ?? null,
    path: estimates.map(({ n, estimate, low, high }) => ({
      blocks: n,
      estimate: ratioOf(estimate),
      low: ratioOf(low),
      high: ratioOf(high),
    })),
  };
}

/** A metric that was not measured in some block has its last look earlier; the interval is at the alpha of the run's own last look. */
function estimatesAtLooks(values: readonly number[], range: Range, alpha: number): Estimate[] {
  return looksUpTo(values.length, range).map((n) =>
    logRatioEstimate(values.slice(0, n), 1 - (n === values.length ? alpha : alphaAt(n, range))),
  );
}

/** Failed requests of all windows together; a rate of 0 has no ratio, so the difference is the datum. */
function testErrors(
  pairs: MetricResult['pairs'],
  blocks: readonly BlockRows[],
  { range }: Rules,
): TestedMetric {
  const alpha = alphaAt(blocks.length, range);
  const at = (level: number) => {
    const { baseline, candidate } = effectiveFailures(blocks);
    return newcombeDifference(candidate, baseline, level);
  };
  const looks = looksUpTo(blocks.length, range).map((n) => {
    const { baseline, candidate } = effectiveFailures(blocks.slice(0, n));
    return { n, p: differenceP(candidate, baseline) };
  });
  const interval = at(1 - alpha);
  const inner = at(1 - 2 * alpha);
  return {
    name: 'errors.rate',
    pairs,
    estimate: interval.estimate,
    interval,
    inner,
    alpha,
    p: looks.length === 0 ? null : sequentialP(looks, range),
    plainP: looks.at(-1)?.p ?? null,
    margin: errorMargin,
    verdict: verdictOf({ interval, inner }, metricCatalogue['errors.rate'].better, errorMargin),
    uncertainty: null,
    path: [],
  };
}

/** Cases and requests, both divided by how much the rounds scatter more than single requests would. */
export function effectiveFailures(blocks: readonly BlockRows[]): {
  baseline: Proportion;
  candidate: Proportion;
} {
  const baseline = blocks.map((block) => failures(block.baseline));
  const candidate = blocks.map((block) => failures(block.candidate));
  const factor = overdispersion([baseline, candidate]);
  const effective = ({ cases, of }: Proportion) => ({ cases: cases / factor, of: of / factor });
  return { baseline: effective(together(baseline)), candidate: effective(together(candidate)) };
}

function failures({ failed, requests }: RoundRow): Proportion {
  return { cases: failed, of: requests };
}

function pairsOf(name: MetricName, blocks: readonly BlockRows[]): MetricResult['pairs'] {
  return blocks.flatMap(({ block, ...rows }) => {
    const baseline = metricValue(rows.baseline, name);
    const candidate = metricValue(rows.candidate, name);
    if (baseline === null || candidate === null) return [];
    // A logarithm needs more than 0; an error rate is judged by its counts.
    if (name !== 'errors.rate' && !(baseline > 0 && candidate > 0)) return [];
    return [{ block, baseline, candidate }];
  });
}

export function logRatios(pairs: MetricResult['pairs']): number[] {
  return pairs.map(({ baseline, candidate }) => Math.log(candidate / baseline));
}

/** exp, kept inside what a number can hold: the interval of two blocks that disagree is astronomically wide. */
export function ratioOf(log: number): number {
  return Math.exp(Math.min(Math.max(log, -50), 50));
}
