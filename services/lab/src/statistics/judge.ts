import { type MetricName, metricCatalogue, metricNames } from '@dyno/contracts/metrics';
import type { PlanFile } from '@dyno/contracts/run';
import { throughputIsGiven } from '../experiment/sharedLoad.ts';
import { holm } from './holm.ts';
import { type Rules, type TestedMetric, testMetric } from './metricTest.ts';
import type { BlockRows } from './pairs.ts';
import { isLook } from './sequential.ts';
import { type JudgedMetric, verdictOf, watched } from './verdict.ts';

type Planned = Pick<PlanFile, 'experiment' | 'plan' | 'mode'>;

function rulesOf({ experiment, plan }: Planned): Rules {
  return { range: plan.blocks, margin: experiment.margin };
}

/** With the other metrics taken into account. */
export type Judged = TestedMetric & JudgedMetric & { adjustedP: number | null };

const overallAlpha = 0.05;
/**
 * The primary metric is tested first, at the whole 5 %. Once it has changed the others share 5 % by Holm; before that
 * they share a tenth of that, so that a catastrophe shows, and identical variants look different in 5.5 % of runs at the
 * very most (by Bonferroni; simulated, with metrics that move together: see bench/statistics.md).
 */
const shareBeforePrimary = 1 / 10;

/** The verdict on every metric that was measured, in the order in which they are shown. */
export function judge(plan: Planned, blocks: readonly BlockRows[]): Judged[] {
  const { experiment } = plan;
  const rules = rulesOf(plan);
  const tested = metricNames.flatMap((name) => testMetric(name, blocks, rules) ?? []);
  const gated = gatedMetrics(plan);
  const primary = tested.find(({ name }) => name === experiment.primary && gated.has(name));
  const adjusted = adjustedPs(tested, primary, (name) => gated.has(name) || watched.includes(name));
  return tested.map((metric) => {
    const adjustedP = adjusted.get(metric.name) ?? null;
    const verdict = metric === primary ? metric.verdict : verdictAfter(metric, adjustedP);
    const judged = { ...metric, gated: gated.has(metric.name), adjustedP, verdict };
    return { ...judged, leaning: isLeaning(judged) };
  });
}

/** The look after a block; the other metrics are asked only when the primary one is decided. */
export function mayEnd(plan: Planned, blocks: readonly BlockRows[]): boolean {
  const { experiment } = plan;
  if (!isLook(blocks.length, plan.plan.blocks)) return false;
  const primary = testMetric(experiment.primary, blocks, rulesOf(plan));
  if (primary === null || primary.verdict === 'inconclusive') return false;
  return isDecided(experiment, judge(plan, blocks));
}

/** A metric that looks worse keeps a run from being called better or equivalent; one that is worse already need not wait for it. */
export function isDecided({ primary }: PlanFile['experiment'], judged: readonly Judged[]): boolean {
  const verdict = judged.find(({ name }) => name === primary)?.verdict;
  if (verdict === undefined || verdict === 'inconclusive') return false;
  return verdict === 'regressed' || !judged.some(({ leaning }) => leaning);
}

/** The metrics that decide; where the throughput is given and no outcome, it cannot. */
export function gatedMetrics({
  experiment,
  mode,
}: Pick<PlanFile, 'experiment' | 'mode'>): ReadonlySet<MetricName> {
  const { gated, primary, load } = experiment;
  const wanted = new Set<MetricName>([primary, ...gated]);
  if (throughputIsGiven(load, mode)) wanted.delete('throughput');
  return wanted;
}

/** Holm over the metrics that count beside the primary one; one that does not count joins them for its own figure alone. */
function adjustedPs(
  tested: readonly TestedMetric[],
  primary: TestedMetric | undefined,
  counts: (name: MetricName) => boolean,
): Map<MetricName, number | null> {
  const others = tested.filter((metric) => metric !== primary && metric.p !== null);
  const family = others.filter(({ name }) => counts(name));
  const changed = primary === undefined || isChange(primary);
  const adjusted = new Map<MetricName, number | null>();
  if (primary) adjusted.set(primary.name, primary.p);
  for (const metric of others) {
    const together = family.includes(metric) ? family : [...family, metric];
    const p = holm(together.map((one) => one.p ?? 1))[together.indexOf(metric)] ?? 1;
    adjusted.set(metric.name, Math.min(1, changed ? p : p / shareBeforePrimary));
  }
  return adjusted;
}

/** A change needs the interval and the adjusted p; what loses it may still be equivalent. */
function verdictAfter(metric: TestedMetric, adjustedP: number | null): TestedMetric['verdict'] {
  if (!isChange(metric) || (adjustedP !== null && adjustedP <= overallAlpha)) return metric.verdict;
  const { inner, margin, name } = metric;
  if (!inner) return 'inconclusive';
  const noChange = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return verdictOf({ interval: noChange, inner }, metricCatalogue[name].better, margin);
}

function isChange({ verdict }: TestedMetric): boolean {
  return verdict === 'improved' || verdict === 'regressed';
}

/** What is worse by so many margins is asked for less certainty before it stands in the way. */
const farMargins = 5;
const farAlpha = 0.2;

/**
 * By a single test worse by more than the margin, but not certain among so many looks and metrics. Such a one is no
 * regression, and no candidate is called better beside it: the run goes on.
 */
function isLeaning({
  name,
  gated,
  verdict,
  estimate,
  plainP,
  margin,
}: TestedMetric & { gated: boolean }): boolean {
  if (verdict !== 'inconclusive' || plainP === null) return false;
  if (!gated && !watched.includes(name)) return false;
  const worse = metricCatalogue[name].better === 'lower' ? estimate : -estimate;
  return worse > margin && plainP <= (worse > farMargins * margin ? farAlpha : overallAlpha);
}
