import type { MetricResult, Report } from '@dyno/contracts/report';
import {
  change,
  changeInterval,
  detectable,
  levelOf,
  percent,
  points,
  pointsInterval,
  quantities,
} from '../format.ts';
import { regressions } from '../statistics/verdict.ts';

/** The level that all intervals of a report share: at an early stop not 95 %. */
function levelOfReport({ metrics }: Report): string | null {
  const level = metrics
    .map(({ ratio, difference }) => ratio?.level ?? difference?.level)
    .find((one) => one !== undefined);
  return level === undefined ? null : levelOf(level);
}

function changeOf(
  { ratio, difference }: MetricResult,
  decided: boolean,
): { change: string; interval: string } {
  const mark = decided ? '' : '~';
  if (ratio) {
    return {
      change: mark + change(ratio.estimate),
      interval: inBrackets(changeInterval(ratio.low, ratio.high)),
    };
  }
  if (difference) {
    return {
      change: mark + points(difference.estimate),
      interval: inBrackets(pointsInterval(difference.low, difference.high)),
    };
  }
  return { change: '–', interval: '–' };
}

function inBrackets(interval: string): string {
  return `[${interval.replace(' to ', ', ')}]`;
}

/** Both variants' figures, each with half the width of its own interval. */
function figures({ baseline, candidate, unit }: MetricResult): string[] {
  return quantities([baseline.estimate, candidate.estimate], unit).map((text, index) =>
    [text, plusMinus(index === 0 ? baseline : candidate)].filter((part) => part !== '').join(' '),
  );
}

/** Nothing for a figure of 0, or without an interval, or with one that says nothing. */
function plusMinus({ estimate, low, high }: MetricResult['baseline']): string {
  if (low === null || high === null || !(estimate > 0)) return '';
  const share = (high - low) / 2 / estimate;
  return share < 1 ? `±${percent(Number(share.toPrecision(2)))}` : '';
}

/** The table's head and body as text, column by column the same. */
export function cellsOf(report: Report): {
  head: string[];
  /** `decides`: the overall verdict is made of it. */
  body: { metric: MetricResult; decides: boolean; cells: string[] }[];
} {
  const level = levelOfReport(report);
  const calibrated = report.metrics.some(({ noiseFloor }) => noiseFloor !== null);
  const counts = report.verdict !== 'invalid';
  // Also what is not gated and has turned the verdict.
  const worse = regressions(report.metrics);
  return {
    head: [
      '',
      report.baseline.name,
      report.candidate.name,
      'change',
      level ? `${level} interval` : 'interval',
      'detectable',
      ...(calibrated ? ['noise floor'] : []),
      'verdict',
    ],
    body: report.metrics.map((metric) => {
      const { minimumDetectableEffect: effect, noiseFloor } = metric;
      const decides = counts && (metric.gated || worse.includes(metric));
      const word = decides ? metric.verdict : `(${metric.verdict})`;
      const decided = metric.verdict === 'improved' || metric.verdict === 'regressed';
      const { change, interval } = changeOf(metric, counts && decided);
      return {
        metric,
        decides,
        cells: [
          metric.title,
          ...figures(metric),
          change,
          interval,
          effect === null ? '–' : detectable(effect),
          ...(calibrated ? [noiseFloor === null ? '–' : `±${detectable(noiseFloor)}`] : []),
          // Of a run that does not count no figure has a verdict, whatever its own test says.
          counts ? word : '–',
        ],
      };
    }),
  };
}

/** What a reader of the table must know. */
export function footnote({ metrics, calibration, verdict }: Report): string {
  const counts = verdict !== 'invalid';
  return [
    `Change: candidate over baseline, from one log ratio per block; ~ where it is undecided${counts ? '' : ', or does not count'}.`,
    'Detectable: the change that this run finds in 80 % of cases.',
    calibration && `Noise floor: what ${calibration.pairs} pairs of identical variants differed by here.`,
    counts && metrics.some(({ gated }) => !gated) && 'Verdicts in brackets are for information.',
  ]
    .filter(Boolean)
    .join(' ');
}
