import type { MetricResult, Report } from '@dyno/contracts/report';
import {
  change,
  changeInterval,
  detectable,
  levelOf,
  points,
  pointsInterval,
  quantities,
} from '../format.ts';

/** The seed's table as words: one row a metric, before, after, change and its interval, verdict. */
interface Row {
  metric: MetricResult;
  title: string;
  before: string;
  after: string;
  /** `~` before a change whose interval includes none. */
  change: string;
  interval: string;
  /** The change that this run would have found in four of five cases. */
  detectable: string;
  /** In brackets where it does not decide the overall verdict. */
  verdict: string;
}

function rowsOf(report: Report): Row[] {
  return report.metrics.map((metric) => {
    const [before = '', after = ''] = quantities(
      [metric.baseline.estimate, metric.candidate.estimate],
      metric.unit,
    );
    return {
      metric,
      title: metric.title,
      before,
      after,
      ...changeOf(metric),
      detectable: metric.minimumDetectableEffect === null ? '–' : detectable(metric.minimumDetectableEffect),
      verdict: metric.gated ? metric.verdict : `(${metric.verdict})`,
    };
  });
}

/** The level that all intervals of a report share: at an early stop not 95 %. */
function levelOfReport({ metrics }: Report): string | null {
  const level = metrics
    .map(({ ratio, difference }) => ratio?.level ?? difference?.level)
    .find((one) => one !== undefined);
  return level === undefined ? null : levelOf(level);
}

function changeOf({ ratio, difference, verdict }: MetricResult): { change: string; interval: string } {
  const decided = verdict === 'improved' || verdict === 'regressed';
  const mark = decided ? '' : '~';
  if (ratio)
    return { change: mark + change(ratio.estimate), interval: changeInterval(ratio.low, ratio.high) };
  if (difference) {
    return {
      change: mark + points(difference.estimate),
      interval: pointsInterval(difference.low, difference.high),
    };
  }
  return { change: '–', interval: '–' };
}

/** The table's head and body as text, column by column the same. */
export function cellsOf(report: Report): {
  head: string[];
  body: { metric: MetricResult; cells: string[] }[];
} {
  const level = levelOfReport(report);
  return {
    head: [
      '',
      report.baseline.name,
      report.candidate.name,
      'change',
      level ? `${level} interval` : 'interval',
      'detectable',
      'verdict',
    ],
    body: rowsOf(report).map(({ metric, title, before, after, change, interval, detectable, verdict }) => ({
      metric,
      cells: [title, before, after, change, interval, detectable, verdict],
    })),
  };
}

/** What a reader of the table must know. */
export function footnote({ metrics }: Report): string {
  const brackets = metrics.some(({ gated }) => !gated) ? ' Verdicts in brackets are for information.' : '';
  return `Change: candidate over baseline, from one log ratio per block; ~ where its interval includes no change. Detectable: the change that this run finds in 80 % of cases.${brackets}`;
}
