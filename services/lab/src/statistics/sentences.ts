import type { MetricName, Verdict } from '@dyno/contracts/metrics';
import type { Guard, MetricResult, Report } from '@dyno/contracts/report';
import type { Mode } from '@dyno/contracts/run';
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
import { regressions } from './verdict.ts';

export interface Wording {
  blocks: number;
  blocksMax: number;
  margin: number;
  mode: Mode;
  errorMargin: number;
  /** What one more block takes, for "at least 9 more blocks (6 min)". */
  secondsPerBlock: number;
}

/** What the words of one metric need beside its figures. */
export interface MetricWording extends Wording {
  /** Interval of the two one-sided tests, as logs or as a difference; null with one block. */
  inner: { low: number; high: number } | null;
  innerLevel: number;
  leaning: boolean;
}

/** The verdict on one metric in a sentence: the word first, then the figures, the interval with its level. */
export function wordMetric(metric: Omit<MetricResult, 'sentence'>, wording: MetricWording): string {
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
      return `${word}: ${metric.title} ${figures}, ${change(metric.ratio.estimate)} (${interval})${small}${noise(metric)}.`;
    }
    case 'equivalent':
      return `${word}: ${metric.title} differs by ${equivalence(metric.ratio, wording)}, inside the ±${percent(wording.margin)} margin${noise(metric)}.`;
    case 'inconclusive':
      return `${word}: ${metric.title} changes by ${changeInterval(metric.ratio.low, metric.ratio.high)} (${levelOf(metric.ratio.level)} interval)${doubt(metric, wording)}${noise(metric)}.${sensitivity(metric, wording)}`;
    default:
      return metric.verdict satisfies never;
  }
}

type Outcome = Pick<Report, 'verdict' | 'metrics' | 'guards' | 'thresholds' | 'primary'> & {
  blocks: number;
  /** What looks worse without being certain. */
  leaning: readonly MetricName[];
};

/** The verdict over all gated metrics: the word follows from theirs, and what is undecided or failed is said. */
export function wordReport(outcome: Outcome): string {
  const { verdict, metrics } = outcome;
  const gated = metrics.filter((metric) => metric.gated);
  const goals = failedGoals(outcome);
  switch (verdict) {
    case 'invalid':
      return `Invalid: ${failedGuards(outcome.guards)} No verdict can be drawn from this run.`;
    case 'mixed':
      return `Mixed: ${listChanges(gated.filter(isImproved))}, but ${listChanges(regressions(metrics))}.${goals || ' Gate: failed.'}`;
    case 'improved':
    case 'regressed':
    case 'equivalent':
    case 'inconclusive': {
      const leading = leadingMetric(outcome, verdict);
      if (verdict === 'inconclusive' && leading?.verdict !== 'inconclusive' && outcome.leaning.length > 0) {
        return wordLeaning(outcome, goals);
      }
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

/** Two one-sided tests at alpha each are one interval of level 1 - 2 alpha. */
function equivalence(ratio: { low: number; high: number }, { inner, innerLevel }: MetricWording): string {
  const { low, high } = inner ? { low: Math.exp(inner.low), high: Math.exp(inner.high) } : ratio;
  return `${changeInterval(low, high)} (${levelOf(innerLevel)} interval of two one-sided tests)`;
}

/** An interval without 0 that is no verdict needs a word. */
function doubt({ ratio, adjustedP }: Omit<MetricResult, 'sentence'>, { leaning }: MetricWording): string {
  if (ratio && (ratio.low > 1 || ratio.high < 1) && adjustedP !== null) {
    return `, which is not certain among so many metrics (p ${pValue(adjustedP)} after Holm)`;
  }
  return leaning ? ', which looks worse' : '';
}

function pValue(p: number): string {
  return p < 0.001 ? '< 0.001' : `= ${digits(Number(p.toPrecision(2)))}`;
}

function noise({ noiseFloor, ratio }: Omit<MetricResult, 'sentence'>): string {
  if (noiseFloor === null || !ratio) return '';
  const size = Math.expm1(Math.abs(Math.log(ratio.estimate)));
  const place = size < noiseFloor ? 'within' : 'beyond';
  return `; ${place} the noise floor of ${percent(noiseFloor)}`;
}

/** "This run could have seen 8 %; 3 % needs at least 9 more blocks (6 min)." */
function sensitivity(metric: Omit<MetricResult, 'sentence'>, wording: MetricWording): string {
  const seen = metric.minimumDetectableEffect;
  if (seen === null || seen === 0) return '';
  const said = ` This run could have seen ${detectable(seen)}`;
  const { blocks, blocksMax, margin, mode, secondsPerBlock } = wording;
  const needed = metric.blocksNeeded;
  if (needed === null || needed <= blocks) return `${said}.`;
  if (needed > blocksMostAllowed) {
    return `${said}; ${percent(margin)} needs about ${plural(needed, 'block')}, more than a run may have (${blocksMostAllowed}): longer windows${mode === 'fine' ? '' : ', fine mode'} or a quieter machine.`;
  }
  const more = needed - blocks;
  const how = needed > blocksMax ? `, with --blocks ${needed}` : '';
  return `${said}; ${percent(margin)} needs at least ${plural(more, 'more block')} (${duration(more * secondsPerBlock)}${how}).`;
}

/** The most that a plan may have: see `planSchema`. */
const blocksMostAllowed = 20;

/** "Inconclusive: mean latency −8 % (−9 % to −7 %), but p99 latency +20 % (+5 % to +50 %) looks worse and is not certain." */
function wordLeaning({ metrics, leaning }: Outcome, goals: string): string {
  const worse = metrics.filter(({ name }) => leaning.includes(name));
  const better = metrics.filter((metric) => metric.gated && isImproved(metric));
  const [first] = worse;
  const sensitive = first ? (/ This run could have seen.*$/.exec(first.sentence)?.[0] ?? '') : '';
  const start = better.length > 0 ? `${listChanges(better)}, but ` : '';
  const verb = worse.length === 1 ? 'looks worse and is' : 'look worse and are';
  return `Inconclusive: ${start}${listChanges(worse)} ${verb} not certain.${sensitive}${goals}`;
}

/** The primary metric where it has the overall verdict, else the first gated one that has. */
function leadingMetric({ metrics, primary }: Outcome, verdict: Verdict): MetricResult | undefined {
  const ofPrimary = metrics.find(({ name }) => name === primary);
  if (ofPrimary?.verdict === verdict) return ofPrimary;
  const others = verdict === 'regressed' ? regressions(metrics) : metrics.filter((metric) => metric.gated);
  return others.find((metric) => metric.verdict === verdict) ?? ofPrimary ?? metrics[0];
}

function otherVerdicts(gated: readonly MetricResult[], leading: MetricResult, overall: Verdict): string {
  const undecided = gated.filter((metric) => metric !== leading && metric.verdict === 'inconclusive');
  if (overall === 'inconclusive' || undecided.length === 0) return '';
  return ` Undecided: ${undecided.map(({ title }) => title).join(', ')}.`;
}

function isImproved({ verdict }: MetricResult): boolean {
  return verdict === 'improved';
}

function listChanges(metrics: readonly MetricResult[]): string {
  return metrics
    .map(({ title, ratio, difference }) => {
      if (ratio) return `${title} ${change(ratio.estimate)} (${changeInterval(ratio.low, ratio.high)})`;
      return difference ? `${title} ${points(difference.estimate)}` : title;
    })
    .join(', ');
}

function failedGuards(guards: readonly Guard[]): string {
  const failed = guards.filter(({ status }) => status === 'fail');
  return failed.map(({ detail, advice }) => `${detail} ${advice}`.trim()).join(' ');
}

function failedGoals({ thresholds }: Outcome): string {
  const failed = thresholds.filter(({ passed }) => !passed).map(({ detail }) => detail);
  return failed.length === 0 ? '' : ` Gate failed: ${failed.join('; ')}.`;
}
