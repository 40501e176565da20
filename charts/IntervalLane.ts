import { createElement as h, type ReactElement } from 'react';
import type { Axis } from './scale.ts';

/** About the dot's width: an interval inside it has no whiskers to show. */
const dotPercent = 3.2;

/** One row of the interval plot: dot = estimate, bar = interval, shaded = margin, dashed line = no change, dotted = noise floor. */
export function IntervalLane({
  axis,
  interval,
  none,
  margin,
  floor = null,
  label,
}: {
  axis: Axis;
  interval: { estimate: number; low: number; high: number };
  /** The value that means no change: 1 for ratios, 0 for differences. */
  none: number;
  /** Values inside which the variants count as equivalent; null where there is no margin. */
  margin: { low: number; high: number } | null;
  /** What identical variants reach on this machine; null where nobody has measured that. */
  floor?: { low: number; high: number } | null;
  label: string;
}): ReactElement {
  const [low, high, at, zero] = [interval.low, interval.high, interval.estimate, none].map(axis.place) as [
    number,
    number,
    number,
    number,
  ];
  return h(
    'svg',
    { className: 'chart-lane', role: 'img', 'aria-label': label },
    h('title', null, label),
    margin
      ? h('rect', {
          x: `${axis.place(margin.low)}%`,
          width: `${axis.place(margin.high) - axis.place(margin.low)}%`,
          y: '0',
          height: '100%',
          className: 'chart-lane-margin',
        })
      : null,
    axis.ticks.map((tick) => upright(tick.at, 'grid', tick.label)),
    floor ? [floor.low, floor.high].map((value) => upright(axis.place(value), 'floor', `${value}`)) : null,
    upright(zero, 'none', 'none'),
    level(zero, at, 'reach'),
    level(low, high, 'interval'),
    high - low > dotPercent
      ? [low, high].map((end) => upright(end, 'whisker', `${end}`, '32%', '68%'))
      : null,
    h('circle', { cx: `${at}%`, cy: '50%', r: 5, className: 'chart-lane-dot' }),
  );
}

/** The axis above the rows. */
export function IntervalAxis({ axis }: { axis: Axis }): ReactElement {
  return h(
    'svg',
    { className: 'chart-lane-axis', 'aria-hidden': true },
    axis.ticks.map((tick) =>
      h(
        'text',
        { key: tick.label, x: `${tick.at}%`, y: 12, textAnchor: 'middle', className: 'chart-lane-tick' },
        tick.label,
      ),
    ),
  );
}

function upright(at: number, part: string, key: string, y1 = '0', y2 = '100%'): ReactElement {
  return h('line', { key, x1: `${at}%`, x2: `${at}%`, y1, y2, className: `chart-lane-${part}` });
}

function level(from: number, to: number, part: string): ReactElement {
  return h('line', { x1: `${from}%`, x2: `${to}%`, y1: '50%', y2: '50%', className: `chart-lane-${part}` });
}
