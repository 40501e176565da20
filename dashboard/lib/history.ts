import { createHash } from 'node:crypto';
import type { HistoryDot, HistoryPicture, HistorySegment } from '@dyno/charts/History';
import { baselinesFileSchema } from '@dyno/contracts/baselines';
import { type MetricName, metricCatalogue } from '@dyno/contracts/metrics';
import type { Report } from '@dyno/contracts/report';
import { type History, type HistoryChange, historyOf } from '@dyno/lab/history';
import { dateTime } from './dates.ts';
import { readExperiment } from './experiments.ts';
import { type RunSummary, readReport } from './results.ts';
import { RunFileError, readResultsFile } from './runFiles.ts';

/** Looking for change points takes time with the third power of the runs. */
const runsMax = 100;

export interface ExperimentHistory {
  name: string;
  title: string;
  history: History;
  /** Of the rows of the history, in the same order. */
  reports: Report[];
  /** The run that was set with `dyno baseline set`; null without one. */
  established: string | null;
  /** Older runs that are not looked at. */
  left: number;
  /** Runs of this experiment that have no report. */
  unfinished: number;
  /** Names of the candidates that its runs had. */
  candidates: string[];
}

/** Null where no run of this experiment is there. */
export async function readHistory(
  name: string,
  candidate?: string,
): Promise<ExperimentHistory | { name: string; title: string; history: null } | null> {
  const experiment = await readExperiment(name);
  if (!experiment) return null;
  const all = experiment.runs.filter(({ outcome }) => outcome).sort(oldestFirst);
  const chosen = candidate ?? candidateOf(all.at(-1));
  const own = all.filter((run) => candidateOf(run) === chosen);
  const baseline = await establishedBaseline(name);
  const reports = await reportsOf(own.slice(-runsMax));
  const [established = null] = await reportsOf(own.filter(({ id }) => id === baseline));
  const history = computed(reports, established);
  if (!history) return { name, title: experiment.title, history: null };
  return {
    name,
    title: experiment.title,
    history,
    reports,
    established: established?.runId ?? null,
    left: Math.max(0, own.length - runsMax),
    unfinished: experiment.runs.length - all.length,
    candidates: [...new Set(all.flatMap((run) => candidateOf(run) ?? []))],
  };
}

const candidateOf = (run: RunSummary | undefined): string | undefined => run?.variants?.candidate;

const oldestFirst = (a: RunSummary, b: RunSummary): number =>
  (a.createdAt ?? '').localeCompare(b.createdAt ?? '');

async function reportsOf(runs: RunSummary[]): Promise<Report[]> {
  const reports = await Promise.all(runs.map(({ id }) => readReport(id)));
  return reports.filter((report) => report !== null);
}

/** The last few, by what is in their reports: a report that is made again keeps its run and its time. */
const known = new Map<string, History | null>();
const knownMax = 20;

function computed(reports: Report[], established: Report | null): History | null {
  const hash = createHash('sha256').update(established?.runId ?? '');
  for (const report of reports) hash.update(JSON.stringify(report));
  const key = hash.digest('hex');
  const found = known.get(key);
  if (found !== undefined) return found;
  const history = historyOf(reports, { established });
  known.set(key, history);
  for (const oldest of known.keys()) {
    if (known.size <= knownMax) break;
    known.delete(oldest);
  }
  return history;
}

async function establishedBaseline(experiment: string): Promise<string | null> {
  try {
    const file = baselinesFileSchema.safeParse(
      JSON.parse(await readResultsFile('baselines.json', 1024 * 1024)),
    );
    return file.data?.baselines[experiment]?.runId ?? null;
  } catch (error) {
    if (error instanceof RunFileError || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** One metric over the runs, as it is drawn; null where no run has it. */
export function pictureOf(
  { history, reports, established }: ExperimentHistory,
  metric: MetricName,
  of: HistoryChange['of'],
): HistoryPicture | null {
  const dots = reports.flatMap((report, index): HistoryDot[] => {
    const result = report.metrics.find(({ name }) => name === metric);
    const figure = of === 'ratio' ? result?.ratio : result?.candidate;
    if (!figure || figure.estimate <= 0) return [];
    return [
      {
        runId: report.runId,
        date: dateOf(report, reports),
        value: figure.estimate,
        low: figure.low !== null && figure.low > 0 ? figure.low : null,
        high: figure.high,
        moved: history.rows[index]?.environmentChanges ?? [],
        counts: report.verdict !== 'invalid',
      },
    ];
  });
  if (dots.length === 0) return null;
  const starts = history.changes
    .filter((change) => change.metric === metric && change.of === of)
    .map(({ runId }) => dots.findIndex((dot) => dot.runId === runId))
    .filter((index) => index > 0);
  const baseline = dots.findIndex(({ runId }) => runId === established);
  return {
    title: metricCatalogue[metric].title,
    unit: of === 'ratio' ? 'ratio' : metricCatalogue[metric].unit,
    dots,
    segments: segmentsOf(dots, starts),
    changes: starts,
    baseline: baseline === -1 ? null : baseline,
  };
}

/** The day; where several runs share it, their times of day tell them apart. */
function dateOf({ createdAt }: Report, reports: Report[]): string {
  const dayOf = (iso: string) => dateTime(iso).replace(/, .*/, '');
  const sameDay = reports.filter((other) => dayOf(other.createdAt) === dayOf(createdAt));
  return sameDay.length > 1 ? dateTime(createdAt).replace(/ \d+,/, ',') : dayOf(createdAt);
}

/** A level ends at a change, and where the machine became another. */
function segmentsOf(dots: HistoryDot[], changes: number[]): HistorySegment[] {
  const moves = dots.flatMap(({ moved }, index) => (index > 0 && moved.length > 0 ? [index] : []));
  const starts = [...new Set([0, ...changes, ...moves])].sort((a, b) => a - b);
  return starts.flatMap((from, place) => {
    const to = (starts[place + 1] ?? dots.length) - 1;
    const logs = dots.slice(from, to + 1).flatMap(({ counts, value }) => (counts ? [Math.log(value)] : []));
    if (logs.length === 0) return [];
    return [{ from, to, level: Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length) }];
  });
}
