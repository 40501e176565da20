import type { Verdict } from '@dyno/contracts/metrics';
import type { Guard, MetricResult, Report } from '@dyno/contracts/report';
import {
  beforeAfter,
  change,
  changeInterval,
  detectable,
  digits,
  duration,
  levelOf,
  percent,
  plural,
  points,
  pointsInterval,
} from '../format.ts';
import { pairsNeeded } from './power.ts';

export interface Wording {
  blocks: number;
  margin: number;
  errorMargin: number;
  /** What one more block takes, for "about 9 more blocks (6 min)". */
  secondsPerBlock: number;
}

/** The verdict on one metric in a sentence: the word first, then the figures, the interval with its level. */
export function wordMetric(metric: Omit<MetricResult, 'sentence'>, wording: Wording): string {
  const word = words[metric.verdict];
  if (metric.difference) return `${word}: ${differenceWords(metric, metric.difference, wording)}.`;
  if (!metric.ratio)
    return `${word}: ${metric.title} has one complete block; a comparison needs two at least.`;
  const figures = beforeAfter(metric.baseline.estimate, metric.candidate.estimate, metric.unit);
  const interval = `${levelOf(metric.ratio.level)} interval ${changeInterval(metric.ratio.low, metric.ratio.high)}`;
  switch (metric.verdict) {
    case 'improved':
    case 'regressed': {
      const small = isInside(metric.ratio, wording.margin)
        ? `, smaller than the ±${percent(wording.margin)} margin`
        : '';
      return `${word}: ${metric.title} ${figures}, ${change(metric.ratio.estimate)} (${interval})${small}.`;
    }
    case 'equivalent':
      return `${word}: ${metric.title} differs by ${changeInterval(metric.ratio.low, metric.ratio.high)} (${levelOf(metric.ratio.level)} interval), inside the ±${percent(wording.margin)} margin.`;
    case 'inconclusive':
      return `${word}: ${metric.title} changes by ${changeInterval(metric.ratio.low, metric.ratio.high)} (${levelOf(metric.ratio.level)} interval).${sensitivity(metric, wording)}`;
    default:
      return metric.verdict satisfies never;
  }
}

type Outcome = Pick<Report, 'verdict' | 'metrics' | 'guards' | 'thresholds' | 'primary'> & { blocks: number };

/** The verdict over all gated metrics: the word follows from theirs, and what is undecided or failed is said. */
export function wordReport(outcome: Outcome): string {
  const { verdict, metrics } = outcome;
  const gated = metrics.filter((metric) => metric.gated);
  const goals = failedGoals(outcome);
  switch (verdict) {
    case 'invalid':
      return `Invalid: ${failedGuards(outcome.guards)} No verdict can be drawn from this run.`;
    case 'mixed':
      return `Mixed: ${listChanges(gated, 'improved')}, but ${listChanges(gated, 'regressed')}.${goals || ' Gate: failed.'}`;
    case 'improved':
    case 'regressed':
    case 'equivalent':
    case 'inconclusive': {
      const leading = leadingMetric(outcome, verdict);
      if (!leading) return `Inconclusive: no metric was measured in both variants.${goals}`;
      const decided = verdict === 'inconclusive' ? '' : ` Decided after ${plural(outcome.blocks, 'block')}.`;
      return `${leading.sentence}${decided}${otherVerdicts(gated, leading, verdict)}${goals}`;
    }
    default:
      return verdict satisfies never;
  }
}

const words: Readonly<Record<Verdict, string>> = {
  improved: 'Improved',
  regressed: 'Regressed',
  equivalent: 'Equivalent',
  inconclusive: 'Inconclusive',
};

function differenceWords(
  { title, baseline, candidate, verdict }: Omit<MetricResult, 'sentence'>,
  { low, high, level }: NonNullable<MetricResult['difference']>,
  { errorMargin }: Wording,
): string {
  const figures = `${title} ${percent(baseline.estimate)} → ${percent(candidate.estimate)}`;
  const interval = `a difference of ${pointsInterval(low, high)} (${levelOf(level)} interval)`;
  return verdict === 'equivalent'
    ? `${figures}, ${interval}, inside ±${digits(errorMargin * 100)} points`
    : `${figures}, ${interval}`;
}

function isInside({ low, high }: { low: number; high: number }, margin: number): boolean {
  return low >= 1 / (1 + margin) && high <= 1 + margin;
}

/** "This run could have seen 8 %; about 9 more blocks (6 min) would show 5 %." */
function sensitivity(metric: Omit<MetricResult, 'sentence'>, { blocks, secondsPerBlock }: Wording): string {
  const seen = metric.minimumDetectableEffect;
  const spread = spreadOfPairs(metric.pairs);
  if (seen === null || spread === 0) return '';
  const said = ` This run could have seen ${detectable(seen)}`;
  const alpha = 1 - (metric.ratio?.level ?? 0.95);
  const wanted = roundEffects.findLast((effect) => effect < seen);
  if (wanted === undefined) return `${said}.`;
  const more = Math.ceil(pairsNeeded(Math.log1p(wanted) / spread, alpha)) - blocks;
  if (more <= 0) return `${said}.`;
  return `${said}; about ${plural(more, 'more block')} (${duration(more * secondsPerBlock)}) would show ${percent(wanted)}.`;
}

const roundEffects = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/** Standard deviation of the log ratios. */
function spreadOfPairs(pairs: MetricResult['pairs']): number {
  const logRatios = pairs.map(({ baseline, candidate }) => Math.log(candidate / baseline));
  const mean = logRatios.reduce((sum, value) => sum + value, 0) / logRatios.length;
  return Math.sqrt(logRatios.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (logRatios.length - 1));
}

/** The primary metric where it has the overall verdict, else the first gated one that has. */
function leadingMetric({ metrics, primary }: Outcome, verdict: Verdict): MetricResult | undefined {
  const ofPrimary = metrics.find(({ name }) => name === primary);
  if (ofPrimary?.verdict === verdict) return ofPrimary;
  return metrics.find((metric) => metric.gated && metric.verdict === verdict) ?? ofPrimary ?? metrics[0];
}

function otherVerdicts(gated: readonly MetricResult[], leading: MetricResult, overall: Verdict): string {
  const undecided = gated.filter((metric) => metric !== leading && metric.verdict === 'inconclusive');
  if (overall === 'inconclusive' || undecided.length === 0) return '';
  return ` Undecided: ${undecided.map(({ title }) => title).join(', ')}.`;
}

function listChanges(gated: readonly MetricResult[], verdict: Verdict): string {
  return gated
    .filter((metric) => metric.verdict === verdict)
    .map(({ title, ratio, difference }) => {
      if (ratio) return `${title} ${change(ratio.estimate)} (${changeInterval(ratio.low, ratio.high)})`;
      return difference ? `${title} ${points(difference.estimate)}` : title;
    })
    .join(', ');
}

function failedGuards(guards: readonly Guard[]): string {
  const details = guards.filter(({ status }) => status === 'fail').map(({ detail }) => detail);
  return details.join(' ');
}

function failedGoals({ thresholds }: Outcome): string {
  const failed = thresholds.filter(({ passed }) => !passed).map(({ detail }) => detail);
  return failed.length === 0 ? '' : ` Gate failed: ${failed.join('; ')}.`;
}
