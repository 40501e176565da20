import { type MetricName, metricCatalogue } from '@dyno/contracts/metrics';
import { change, changeInterval, plural, quantities, quantity } from '../format.ts';
import type { MetricStanding, Standing } from './against.ts';
import { type History, type HistoryChange, type HistoryRow, levelName, unchangedLevel } from './history.ts';
import { terminalText } from './quote.ts';
import { textTable } from './textTable.ts';

/** What `dyno history` shows: a row a run, what changed and where, and how the newest stands. */
export function historyTerminal(history: History, metric: MetricName): string {
  const { title } = metricCatalogue[metric];
  return `${[
    `${history.experiment}, ${history.candidate}: ${plural(history.rows.length, 'run')}, ${title}.`,
    runsTable(history, metric),
    changeLines(history, metric),
    history.standing ? standingTerminal(history.standing) : withoutStanding(history),
  ].join('\n\n')}\n`;
}

function withoutStanding({ isBaseline }: History): string {
  return isBaseline
    ? 'The newest run is the established baseline: later ones are held against it.'
    : 'No baseline is established: "dyno baseline set <run>" sets one.';
}

function runsTable({ rows, changes }: History, metric: MetricName): string {
  const starts = new Map(
    changes.filter((one) => one.metric === metric).map((one) => [`${one.runId} ${one.of}`, one]),
  );
  const mark = (runId: string, of: HistoryChange['of']) => (starts.has(`${runId} ${of}`) ? ' ◂' : '  ');
  const { unit } = metricCatalogue[metric];
  const body = rows.flatMap((row) => {
    const value = row.metrics[metric];
    const line = [
      row.createdAt.slice(0, 16).replace('T', ' '),
      row.runId,
      commitOf(row),
      value ? quantity(value.baseline, unit) : '–',
      value ? `${quantity(value.candidate, unit)}${mark(row.runId, 'candidate')}` : '–',
      value?.ratio ? `${change(value.ratio)}${mark(row.runId, 'ratio')}` : '–',
      row.verdict,
    ];
    return [...environmentLine(row), line];
  });
  return textTable(['run of', 'id', 'commit', 'baseline', 'candidate', 'change', 'verdict'], body, [3, 4, 5]);
}

/** Across the whole width: whoever reads figures on both sides of it must have seen it. */
function environmentLine({ environmentChanges }: HistoryRow): string[][] {
  if (environmentChanges.length === 0) return [];
  return [[`!! environment changed: ${environmentChanges.map(terminalText).join('; ')}`]];
}

function commitOf({ commit, dirty }: HistoryRow): string {
  return commit ? `${commit.slice(0, 9)}${dirty ? '+' : ''}` : '–';
}

function changeLines({ changes, rows }: History, metric: MetricName): string {
  const shown = changes.filter((one) => one.metric === metric).map((one) => `◂ ${changeSentence(one)}`);
  const others = new Set(changes.filter((one) => one.metric !== metric).map((one) => one.metric));
  return [
    ...(shown.length > 0 ? shown : [unchangedLevel(rows.length, metric, 'candidate')]),
    ...(others.size > 0 ? [`Other metrics whose level changed (--metric): ${[...others].join(', ')}.`] : []),
  ].join('\n');
}

function changeSentence({ metric, of, runId, before, after, isEnvironmentNew, p }: HistoryChange): string {
  const { unit } = metricCatalogue[metric];
  const what = levelName(metric, of);
  const [from = '', to = ''] =
    of === 'candidate' ? quantities([before, after], unit) : [change(before), change(after)];
  const warning = isEnvironmentNew ? '; the environment changed with that run too' : '';
  return `${what} changed with run ${runId}: ${from} → ${to} (${change(after / before)}, p = ${p})${warning}.`;
}

/** One run against an earlier one; loud where they do not compare. */
export function standingTerminal(standing: Standing): string {
  const { before, now, environmentChanges, refusal, sharedBaseline } = standing;
  return [
    `Run ${now.runId} against ${before.runId} of ${before.createdAt.slice(0, 10)}:`,
    ...(environmentChanges.length > 0
      ? [
          '!! THE ENVIRONMENTS DIFFER, so these figures do not compare:',
          ...environmentChanges.map((line) => `!!   ${terminalText(line)}`),
        ]
      : []),
    standingTable(standing),
    refusal === ''
      ? basisOf(sharedBaseline)
      : `No verdict: ${refusal}. Measure both at once: dyno compare, or dyno run with both variants.`,
  ].join('\n');
}

function basisOf(sharedBaseline: string | null): string {
  const warning = 'Two runs are not interleaved: to be sure, measure both in one run (dyno compare).';
  return sharedBaseline === null
    ? `Verdicts are by the figures themselves, which also hold how fast the machine was. ${warning}`
    : `Verdicts are by each candidate's ratio to ${sharedBaseline} beside it, which must not have changed meanwhile. ${warning}`;
}

function standingTable({ metrics }: Standing): string {
  const rows = metrics.map((metric) => {
    const [before = '', now = ''] = quantities([metric.before, metric.now], metric.unit);
    return [
      metric.title,
      before,
      now,
      metric.figures ? change(metric.figures.estimate) : '–',
      ...besideBaseline(metric),
      metric.verdict ?? '–',
    ];
  });
  const head = ['', 'then', 'now', 'change', 'beside baseline', '95 % interval', 'verdict'];
  return textTable(head, rows, [1, 2, 3, 4, 5]);
}

function besideBaseline({ besideBaseline: beside, figures }: MetricStanding): string[] {
  const interval = beside ?? figures;
  const text = interval ? `[${changeInterval(interval.low, interval.high).replace(' to ', ', ')}]` : '–';
  return [beside ? change(beside.estimate) : '–', text];
}
