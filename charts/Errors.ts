import type { MetricResult } from '@dyno/contracts/report';
import { count, levelOf, percent as share } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { linearAxis, type Panel, type PlotAxis, percent, plot, stepsFromZero } from './plot.ts';
import type { Failures, Side } from './series.ts';

const sides = ['baseline', 'candidate'] as const;
const height = 46;
const laneY = 12;

/** Share of failed requests of each variant with its Wilson interval: none of many says how many there can be at most. */
export function Errors({
  metric,
  failures,
  names,
}: {
  /** `errors.rate` of the report. */
  metric: Pick<MetricResult, 'baseline' | 'candidate' | 'difference'>;
  /** From `failures()`. */
  failures: Record<Side, Failures>;
  names: { baseline: string; candidate: string };
}): ReactElement {
  const bounds = sides.flatMap((side) => [metric[side].high ?? 0, metric[side].estimate]);
  const most = Math.max(...bounds) || 0.01;
  const x = linearAxis(
    [0, most * 1.08],
    stepsFromZero(most).map((value) => ({ value, label: share(value) })),
  );
  const level = metric.difference ? `${levelOf(metric.difference.level)} interval. ` : '';
  return plot({
    title: 'Failed requests',
    summary: `${level}${sides.map((side) => `${names[side]}: ${failureWords(failures[side], metric[side])}`).join('; ')}.`,
    panels: sides.map((side) => lane(side, names[side], metric[side], failures[side], x)),
    x,
  });
}

/** "12 of 48,211, 0.025 % (0.014 % to 0.044 %)", and of none "0 of 48,211 (at most 0.008 %)". */
export function failureWords({ failed, requests }: Failures, interval: MetricResult['baseline']): string {
  if (requests === 0) return 'no requests';
  const counted = `${count(failed)} of ${count(requests)}`;
  const { low, high, estimate } = interval;
  if (low === null || high === null) return failed === 0 ? counted : `${counted}, ${share(estimate)}`;
  if (failed === 0) return `${counted} (at most ${share(high)})`;
  return `${counted}, ${share(estimate)} (${share(low)} to ${share(high)})`;
}

function lane(
  side: Side,
  name: string,
  interval: MetricResult['baseline'],
  failures: Failures,
  x: PlotAxis,
): Panel {
  const { low, high, estimate } = interval;
  return {
    key: side,
    height,
    y: { at: () => 0, ticks: [] },
    name,
    shapes: null,
    marks: [
      low !== null && high !== null
        ? h('line', {
            key: 'interval',
            x1: percent(x.at(low)),
            x2: percent(x.at(high)),
            y1: laneY,
            y2: laneY,
            className: `chart-errors-interval chart-errors-${side}`,
          })
        : null,
      failures.requests > 0
        ? h('circle', {
            key: 'dot',
            cx: percent(x.at(estimate)),
            cy: laneY,
            r: 5,
            className: `chart-errors-dot chart-errors-${side}`,
          })
        : null,
      h(
        'text',
        { key: 'words', x: 0, y: height - 12, className: 'chart-plot-text' },
        failureWords(failures, interval),
      ),
    ],
  };
}
