import { type MetricName, metricCatalogue, type OverallVerdict, type Verdict } from '@dyno/contracts/metrics';
import type { Report } from '@dyno/contracts/report';
import { eDivisive } from '../statistics/changePoints.ts';
import { environmentDifferences, type Standing, standingOf } from './against.ts';

export interface HistoryMetric {
  baseline: number;
  candidate: number;
  /** Candidate over baseline; null for error rates. */
  ratio: number | null;
  verdict: Verdict;
}

export interface HistoryRow {
  runId: string;
  createdAt: string;
  baseline: string;
  candidate: string;
  verdict: OverallVerdict;
  mode: Report['mode'];
  /** Of the candidate where it was a git ref, else of the checkout that holds Dyno and the shop. */
  commit: string | null;
  dirty: boolean;
  /** What is not as it was in the run before, one line each. */
  environmentChanges: string[];
  metrics: Partial<Record<MetricName, HistoryMetric>>;
}

export interface HistoryChange {
  metric: MetricName;
  /** The candidate's figure, which also follows the machine, or its ratio to the baseline, which does not. */
  of: 'candidate' | 'ratio';
  /** The first run of the new level. */
  runId: string;
  p: number;
  /** Means of the levels on both sides (geometric). */
  before: number;
  after: number;
  /** The environment changed between this run and the one before it: the code may be innocent. */
  isEnvironmentNew: boolean;
}

export interface History {
  experiment: string;
  candidate: string;
  /** Oldest first. */
  rows: HistoryRow[];
  changes: HistoryChange[];
  /** The newest run against the established baseline; null without one, or when it is the newest itself. */
  standing: Standing | null;
  /** The newest run is the established baseline. */
  isBaseline: boolean;
}

export interface HistoryOptions {
  /** Which candidate's runs; those of the newest run's unless said. */
  candidate?: string | undefined;
  /** Report of the run that was set with `dyno baseline set`. */
  established?: Report | null;
}

/** Stricter than a single test would be: several metrics are looked at, again after every run. */
const changePointAlpha = 0.01;
/** Shuffled, fewer runs fall into two such halves by chance more often than that: 2 of (10 over 5) is 0.8 %. */
const changePointRunsMin = 10;
/** Of the permutations; any fixed one, so that the same runs always give the same history. */
const changePointSeed = 1;

/** The runs of one experiment in order of time, where their level changed, and how the newest stands. Null without a run. */
export function historyOf(reports: readonly Report[], options: HistoryOptions = {}): History | null {
  const ordered = [...reports].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  const candidate = options.candidate ?? ordered.at(-1)?.candidate.name;
  const own = ordered.filter((report) => report.candidate.name === candidate);
  const newest = own.at(-1);
  if (!newest || candidate === undefined) return null;
  const rows = own.map((report, index) => rowOf(report, own[index - 1] ?? null));
  const { established } = options;
  return {
    experiment: newest.experiment,
    candidate,
    rows,
    changes: newest.metrics.flatMap(({ name }) => [
      ...changesIn(rows, name, 'ratio'),
      ...changesIn(rows, name, 'candidate'),
    ]),
    standing: established && established.runId !== newest.runId ? standingOf(established, newest) : null,
    isBaseline: established?.runId === newest.runId,
  };
}

function rowOf(report: Report, before: Report | null): HistoryRow {
  const { git } = report.environment;
  return {
    runId: report.runId,
    createdAt: report.createdAt,
    baseline: report.baseline.name,
    candidate: report.candidate.name,
    verdict: report.verdict,
    mode: report.mode,
    commit: report.candidate.commit ?? git?.commit ?? null,
    dirty: report.candidate.commit === undefined && (git?.dirty ?? false),
    environmentChanges: before ? changesSince(before, report) : [],
    metrics: Object.fromEntries(
      report.metrics.map(({ name, baseline, candidate, ratio, verdict }): [string, HistoryMetric] => [
        name,
        {
          baseline: baseline.estimate,
          candidate: candidate.estimate,
          ratio: ratio?.estimate ?? null,
          verdict,
        },
      ]),
    ),
  };
}

/** The mode is not the machine's, and moves every figure all the same. */
function changesSince(before: Report, report: Report): string[] {
  const mode =
    before.mode === report.mode ? [] : [`measured in ${report.mode} mode, before in ${before.mode} mode`];
  return [...environmentDifferences(before.environment, report.environment), ...mode];
}

/** On logarithms, where a change of 10 % is as large at 5 ms as at 500 ms. Runs that do not count have no say. */
function changesIn(
  rows: readonly HistoryRow[],
  metric: MetricName,
  of: HistoryChange['of'],
): HistoryChange[] {
  const series = rows.flatMap((row) => {
    const value = row.verdict === 'invalid' ? null : (row.metrics[metric]?.[of] ?? null);
    return value !== null && value > 0 ? [{ row, log: Math.log(value) }] : [];
  });
  const logs = series.map(({ log }) => log);
  const points = eDivisive(logs, { seed: changePointSeed, alpha: changePointAlpha, minSize: 2 });
  return points.flatMap(({ index, p }, place) => {
    const row = series[index]?.row;
    if (!row) return [];
    const level = (from: number, to: number) => Math.exp(meanOf(logs.slice(from, to)));
    return [
      {
        metric,
        of,
        runId: row.runId,
        p,
        before: level(points[place - 1]?.index ?? 0, index),
        after: level(index, points[place + 1]?.index ?? logs.length),
        isEnvironmentNew: row.environmentChanges.length > 0,
      },
    ];
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Said where no change point was found. */
export function unchangedLevel(runs: number, metric: MetricName, of: HistoryChange['of']): string {
  return runs < changePointRunsMin
    ? `Too few runs to tell a change of level from chance: it takes ${changePointRunsMin}.`
    : `The level of ${levelName(metric, of)} has not changed.`;
}

export function levelName(metric: MetricName, of: HistoryChange['of']): string {
  const { title } = metricCatalogue[metric];
  return of === 'candidate' ? title : `${title} beside its baseline`;
}
