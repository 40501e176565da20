import { type MetricName, metricCatalogue, type Verdict } from '@dyno/contracts/metrics';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { tQuantile } from '../statistics/studentT.ts';
import { verdictOf } from '../statistics/verdict.ts';

/** Two runs were not interleaved: this is weaker than one run of both, and its level is that of a single look. */
const alpha = 0.05;

interface Change {
  estimate: number;
  low: number;
  high: number;
}

/** How the candidate of one run stands against the candidate of an earlier one, in one metric. */
export interface MetricStanding {
  name: MetricName;
  title: string;
  unit: string;
  before: number;
  now: number;
  /** Now over before, of the candidates' own figures: also holds how much faster or slower the machine was. */
  figures: Change | null;
  /** The same with each candidate over the baseline that ran beside it, which cancels the machine. Null where the baselines are of different names. */
  besideBaseline: Change | null;
  /** By the second one where there is one; null where nothing can be said. */
  verdict: Verdict | null;
}

export interface Standing {
  before: Pick<Report, 'runId' | 'createdAt'>;
  now: Pick<Report, 'runId' | 'createdAt'>;
  /** What differs between both environments, one line each. Figures of two machines do not compare. */
  environmentChanges: string[];
  /** Why there are no verdicts; empty where there are. */
  refusal: string;
  metrics: MetricStanding[];
  /** The baseline whose code must not have changed for `besideBaseline` to count; null where there is none. */
  sharedBaseline: string | null;
}

/** Holds the candidate of a run against that of an earlier one, from their reports alone. */
export function standingOf(before: Report, now: Report): Standing {
  const environmentChanges = environmentDifferences(before.environment, now.environment);
  const sharedBaseline = before.baseline.name === now.baseline.name ? now.baseline.name : null;
  const refusal = refusalOf(before, now, environmentChanges);
  const earlier = new Map(before.metrics.map((metric) => [metric.name, metric]));
  return {
    before: { runId: before.runId, createdAt: before.createdAt },
    now: { runId: now.runId, createdAt: now.createdAt },
    environmentChanges,
    refusal,
    sharedBaseline,
    metrics: now.metrics.flatMap((metric) => {
      const other = earlier.get(metric.name);
      return other ? [standingIn(other, metric, now.margin, sharedBaseline !== null, refusal !== '')] : [];
    }),
  };
}

/** Fields of two environments that are not the same, loudly. */
export function environmentDifferences(before: Report['environment'], now: Report['environment']): string[] {
  if (before.fingerprint === now.fingerprint) return [];
  const fields = ['cpuModel', 'cores', 'kernel'] as const;
  const names = [...new Set([...Object.keys(before.versions), ...Object.keys(now.versions)])];
  const pairs: [string, unknown, unknown][] = [
    ...fields.map((field): [string, unknown, unknown] => [field, before[field], now[field]]),
    ...names.map((name): [string, unknown, unknown] => [name, before.versions[name], now.versions[name]]),
  ];
  const lines = pairs
    .filter(([, old, current]) => old !== current)
    .map(([name, old, current]) => `${name} was ${old ?? 'absent'}, is ${current ?? 'absent'}`);
  // The fingerprint covers more than a report quotes: memory, distribution, native or Compose.
  return lines.length > 0 ? lines : ['memory, system or kind of stack'];
}

function refusalOf(before: Report, now: Report, environmentChanges: readonly string[]): string {
  if (environmentChanges.length > 0) return 'the environments differ';
  if (before.experiment !== now.experiment)
    return `they are of different experiments, ${before.experiment} and ${now.experiment}`;
  if (before.mode !== now.mode)
    return `one was measured in ${before.mode} mode, the other in ${now.mode} mode`;
  const invalid = [before, now].find(({ verdict }) => verdict === 'invalid');
  return invalid ? `run ${invalid.runId} does not count` : '';
}

function standingIn(
  before: MetricResult,
  now: MetricResult,
  margin: number,
  isBaselineShared: boolean,
  isRefused: boolean,
): MetricStanding {
  const own = [logs(before, 'candidate'), logs(now, 'candidate')] as const;
  const ratios = [logs(before, 'ratio'), logs(now, 'ratio')] as const;
  const figures = welch(...own, alpha);
  const besideBaseline = isBaselineShared ? welch(...ratios, alpha) : null;
  const interval = besideBaseline ?? figures;
  // Two one-sided tests at alpha each, as everywhere.
  const inner = besideBaseline ? welch(...ratios, 2 * alpha) : welch(...own, 2 * alpha);
  const { title, unit, better } = metricCatalogue[now.name];
  return {
    name: now.name,
    title,
    unit,
    before: before.candidate.estimate,
    now: now.candidate.estimate,
    figures: exponentials(figures),
    besideBaseline: exponentials(besideBaseline),
    verdict:
      isRefused || interval === null || inner === null
        ? null
        : verdictOf({ interval, inner }, better, Math.log1p(margin)),
  };
}

/** Per block, where the logarithm exists: an error rate of 0 has none. */
function logs({ pairs }: MetricResult, of: 'candidate' | 'ratio'): number[] {
  return pairs
    .map(({ baseline, candidate }) => (of === 'ratio' ? candidate / baseline : candidate))
    .filter((value) => value > 0 && Number.isFinite(value))
    .map(Math.log);
}

/** Difference of the means of two independent samples with unequal variances (Welch 1947). */
function welch(before: readonly number[], now: readonly number[], twoSided: number): Change | null {
  if (before.length < 2 || now.length < 2) return null;
  const [a, b] = [momentsOf(before), momentsOf(now)];
  const estimate = b.mean - a.mean;
  const squared = a.errorSquared + b.errorSquared;
  if (squared === 0) return { estimate, low: estimate, high: estimate };
  const df =
    squared ** 2 / (a.errorSquared ** 2 / (before.length - 1) + b.errorSquared ** 2 / (now.length - 1));
  const half = tQuantile(1 - twoSided / 2, df) * Math.sqrt(squared);
  return { estimate, low: estimate - half, high: estimate + half };
}

function momentsOf(values: readonly number[]): { mean: number; errorSquared: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, errorSquared: squares / (values.length - 1) / values.length };
}

/** Kept inside what a number can hold: two blocks that disagree have an astronomically wide interval. */
function exponentials(change: Change | null): Change | null {
  if (!change) return null;
  const exp = (value: number) => Math.exp(Math.min(50, Math.max(-50, value)));
  return { estimate: exp(change.estimate), low: exp(change.low), high: exp(change.high) };
}
