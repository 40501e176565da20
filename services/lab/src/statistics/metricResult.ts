import type { CalibrationFile } from '@dyno/contracts/calibration';
import { type MetricName, metricCatalogue } from '@dyno/contracts/metrics';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { hodgesLehmann } from './hodgesLehmann.ts';
import type { Judged } from './judge.ts';
import { effectiveFailures, logRatios, ratioOf } from './metricTest.ts';
import type { BlockRows } from './pairs.ts';
import { minimumDetectableEffect, pairsByRule } from './power.ts';
import { wilson } from './proportions.ts';
import { type Wording, wordMetric } from './sentences.ts';
import type { Range } from './sequential.ts';
import { alphaAt } from './sequential.ts';
import { logRatioEstimate } from './yuen.ts';

export interface Surroundings {
  blocks: readonly BlockRows[];
  range: Range;
  calibration: CalibrationFile | null;
  wording: Wording;
}

/** A judged metric with everything that a reader wants to know beside the verdict. */
export function metricResult(
  judged: Judged,
  { blocks, range, calibration, wording }: Surroundings,
): MetricResult {
  const { name, pairs, verdict } = judged;
  const figures = name === 'errors.rate' ? errorFigures(judged, blocks) : ratioFigures(judged);
  const spread = name === 'errors.rate' ? null : spreadOf(logRatios(pairs));
  const undecided = verdict === 'inconclusive' && spread !== null && spread > 0;
  const complete = {
    name,
    title: metricCatalogue[name].title,
    unit: metricCatalogue[name].unit,
    better: metricCatalogue[name].better,
    gated: judged.gated,
    ...figures,
    verdict,
    spread,
    p: judged.p,
    adjustedP: judged.adjustedP,
    // At the alpha of the last look: a run that could go on any longer has to be certain there.
    blocksNeeded: undecided ? pairsByRule(judged.margin / spread, alphaAt(range.max, range)) : null,
    noiseFloor: calibration?.metrics.find((metric) => metric.name === name)?.noiseFloor ?? null,
    path: judged.path,
    pairs,
  };
  const words = {
    ...wording,
    inner: judged.inner,
    innerLevel: 1 - 2 * judged.alpha,
    leaning: judged.leaning,
  };
  return { ...complete, sentence: wordMetric(complete, words) };
}

type Figures = Pick<
  MetricResult,
  'baseline' | 'candidate' | 'ratio' | 'difference' | 'minimumDetectableEffect' | 'hodgesLehmann'
>;

/** The variants' own figures are geometric means over rounds, which belong to the ratio. */
function ratioFigures({ pairs, interval, estimate, alpha, uncertainty }: Judged): Figures {
  const level = 1 - alpha;
  const values = logRatios(pairs);
  return {
    baseline: ownFigure(
      pairs.map(({ baseline }) => baseline),
      level,
    ),
    candidate: ownFigure(
      pairs.map(({ candidate }) => candidate),
      level,
    ),
    ratio: interval && ratioInterval({ estimate, ...interval, level }),
    difference: null,
    minimumDetectableEffect:
      uncertainty && Math.expm1(Math.min(50, minimumDetectableEffect({ ...uncertainty, alpha }))),
    hodgesLehmann: values.length < 2 ? null : ratioInterval(hodgesLehmann(values, level)),
  };
}

function errorFigures({ interval, estimate, alpha }: Judged, blocks: readonly BlockRows[]): Figures {
  const level = 1 - alpha;
  const { baseline, candidate } = effectiveFailures(blocks);
  return {
    baseline: wilson(baseline, level),
    candidate: wilson(candidate, level),
    ratio: null,
    difference: interval && { estimate, low: interval.low, high: interval.high, level },
    minimumDetectableEffect: null,
    hodgesLehmann: null,
  };
}

/** Latency over successful answers alone, where some failed: a variant that fails fast must not look fast. */
export function successfulLatency(blocks: readonly BlockRows[], alpha: number): Report['successful'] {
  const failed = blocks.some(({ baseline, candidate }) => baseline.failed + candidate.failed > 0);
  if (!failed) return [];
  return latencies.flatMap((name) => {
    const pairs = blocks.flatMap(({ block, ...rows }) => {
      const baseline = rows.baseline.successful[name] ?? 0;
      const candidate = rows.candidate.successful[name] ?? 0;
      return baseline > 0 && candidate > 0 ? [{ block, baseline, candidate }] : [];
    });
    if (pairs.length === 0) return [];
    const level = 1 - alpha;
    return [
      {
        name,
        baseline: geometricMean(pairs.map(({ baseline }) => baseline)),
        candidate: geometricMean(pairs.map(({ candidate }) => candidate)),
        ratio: pairs.length < 2 ? null : ratioInterval(logRatioEstimate(logRatios(pairs), level)),
      },
    ];
  });
}

const latencies = [
  'latency.mean',
  'latency.p50',
  'latency.p95',
  'latency.p99',
] as const satisfies MetricName[];

function ratioInterval(log: {
  estimate: number;
  low: number;
  high: number;
  level: number;
}): NonNullable<MetricResult['ratio']> {
  return {
    estimate: ratioOf(log.estimate),
    low: ratioOf(log.low),
    high: ratioOf(log.high),
    level: log.level,
  };
}

function ownFigure(values: readonly number[], level: number): MetricResult['baseline'] {
  if (values.length < 2) return { estimate: values[0] ?? Number.NaN, low: null, high: null };
  const { estimate, low, high } = logRatioEstimate(values.map(Math.log), level);
  return { estimate: ratioOf(estimate), low: ratioOf(low), high: ratioOf(high) };
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Standard deviation; null below two values. */
export function spreadOf(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
