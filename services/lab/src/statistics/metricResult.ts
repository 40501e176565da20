import { type MetricName, metricCatalogue } from '@dyno/contracts/metrics';
import type { MetricResult } from '@dyno/contracts/report';
import { type BlockRows, metricValue, type RoundRow } from './pairs.ts';
import { minimumDetectableEffect } from './power.ts';
import { newcombeDifference, type Proportion, wilson } from './proportions.ts';
import { type Wording, wordMetric } from './sentences.ts';
import { verdictOf } from './verdict.ts';
import { type Estimate, logRatioEstimate } from './yuen.ts';

/** An error rate that moved by less than this in either direction counts as equivalent: half a percentage point. */
export const errorMargin = 0.005;

export interface Look {
  alpha: number;
  /** Of ratios: 0.03 is ÷1.03 to ×1.03. */
  margin: number;
  gated: ReadonlySet<MetricName>;
  wording: Wording;
}

/** One metric over all blocks; null where no block has a value of both variants. */
export function metricResult(
  name: MetricName,
  blocks: readonly BlockRows[],
  look: Look,
): MetricResult | null {
  const pairs = pairsOf(name, blocks);
  if (pairs.length === 0) return null;
  const result = name === 'errors.rate' ? errorResult(blocks, look) : ratioResult(name, pairs, look);
  const complete = {
    name,
    title: metricCatalogue[name].title,
    unit: metricCatalogue[name].unit,
    better: metricCatalogue[name].better,
    gated: look.gated.has(name),
    ...result,
    spread: null,
    p: null,
    adjustedP: null,
    hodgesLehmann: null,
    blocksNeeded: null,
    noiseFloor: null,
    path: [],
    pairs,
  };
  return { ...complete, sentence: wordMetric(complete, look.wording) };
}

type Judged = Pick<
  MetricResult,
  'baseline' | 'candidate' | 'ratio' | 'difference' | 'verdict' | 'minimumDetectableEffect'
>;

/** Medians, means, rates, CPU: positive, so their ratio is the datum. The variants' own figures are geometric means over rounds, which belong to it. */
function ratioResult(name: MetricName, pairs: MetricResult['pairs'], { alpha, margin }: Look): Judged {
  const level = 1 - alpha;
  const change = estimateOf(
    pairs.map(({ baseline, candidate }) => Math.log(candidate / baseline)),
    level,
  );
  return {
    baseline: ownFigure(
      pairs.map(({ baseline }) => baseline),
      level,
    ),
    candidate: ownFigure(
      pairs.map(({ candidate }) => candidate),
      level,
    ),
    ratio: change && {
      estimate: ratioOf(change.estimate),
      low: ratioOf(change.low),
      high: ratioOf(change.high),
      level,
    },
    difference: null,
    verdict: verdictOf(change, metricCatalogue[name].better, Math.log1p(margin)),
    minimumDetectableEffect:
      change && Math.expm1(Math.min(50, minimumDetectableEffect({ ...change, alpha }))),
  };
}

/** Failed requests of all windows together; a rate of 0 has no ratio, so the difference is the datum. */
function errorResult(blocks: readonly BlockRows[], { alpha }: Look): Judged {
  const level = 1 - alpha;
  const baseline = failures(blocks.map((block) => block.baseline));
  const candidate = failures(blocks.map((block) => block.candidate));
  const difference = newcombeDifference(candidate, baseline, level);
  return {
    baseline: wilson(baseline, level),
    candidate: wilson(candidate, level),
    ratio: null,
    difference: { ...difference, level },
    verdict: verdictOf(difference, metricCatalogue['errors.rate'].better, errorMargin),
    minimumDetectableEffect: null,
  };
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

function failures(rows: readonly RoundRow[]): Proportion {
  return {
    cases: rows.reduce((sum, { failed }) => sum + failed, 0),
    of: rows.reduce((sum, { requests }) => sum + requests, 0),
  };
}

function ownFigure(values: readonly number[], level: number): MetricResult['baseline'] {
  const estimate = estimateOf(values.map(Math.log), level);
  if (!estimate) return { estimate: values[0] ?? Number.NaN, low: null, high: null };
  return { estimate: ratioOf(estimate.estimate), low: ratioOf(estimate.low), high: ratioOf(estimate.high) };
}

/** A spread needs two blocks. */
function estimateOf(logValues: readonly number[], level: number): Estimate | null {
  return logValues.length < 2 ? null : logRatioEstimate(logValues, level);
}

/** exp, kept inside what a number can hold: the interval of two blocks that disagree is astronomically wide. */
function ratioOf(log: number): number {
  return Math.exp(Math.min(Math.max(log, -50), 50));
}
