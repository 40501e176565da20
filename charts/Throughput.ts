import { count, digits } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { linePath } from './paths.ts';
import {
  across,
  dataWidth,
  linearAxis,
  type Mark,
  type Panel,
  type PlotAxis,
  panelTop,
  plot,
  short,
  sides,
  stepsFromZero,
} from './plot.ts';
import type { OverTime, Side, TimeRow } from './series.ts';
import { exclusionWords, stretches, timeAxis, windowMarks, windowShapes, within } from './time.ts';

const rateHeight = 150;
const stripHeight = 34;

/** Requests per second from 0; below, where there are any, failed requests and iterations that could not be started in time. */
export function Throughput({
  data,
  names,
  targetPerSecond = null,
  part = null,
  shown = sides,
}: {
  data: OverTime;
  names: { baseline: string; candidate: string };
  /** What was to be sent, where the load has a fixed rate. */
  targetPerSecond?: number | null;
  part?: readonly [number, number] | null;
  shown?: readonly Side[];
}): ReactElement {
  const x = timeAxis(data, part);
  const seen = within(data, part);
  const failed = totalOf(seen, 'Failed');
  const dropped = droppedOf(data);
  const y = rateAxis(data, targetPerSecond);
  const panels = [ratePanel(seen, shown, x, y, targetPerSecond, lossWords(failed, dropped))];
  if (data.failed > 0) panels.push(failedStrip(seen, shown, x));
  if (dropped !== null && dropped > 0) panels.push(droppedStrip(data, shown, x));
  return plot({
    title: 'Requests per second over the run',
    summary: `${sides.map((side) => rateWords(seen, side, names[side])).join('; ')}; ${lossWords(failed, dropped)}.${exclusionWords(data)}`,
    panels,
    x,
  });
}

/** Where the lines are in a row. */
export function rateMarks(data: OverTime, shown: readonly Side[]): (row: TimeRow) => Mark[] {
  const y = rateAxis(data, null);
  return (row) =>
    shown.flatMap((side) => {
      const rate = row[`${side}Rate`];
      return typeof rate === 'number'
        ? [{ side, y: panelTop(0, rateHeight) + (1 - y.at(rate)) * rateHeight }]
        : [];
    });
}

function rateAxis({ rows }: OverTime, target: number | null): PlotAxis {
  const most = rows.reduce(
    (highest, row) => Math.max(highest, row.baselineRate ?? 0, row.candidateRate ?? 0),
    Math.max(1, target ?? 0),
  );
  return linearAxis(
    [0, most * 1.05],
    stepsFromZero(most).map((value) => ({ value, label: `${digits(value)}/s` })),
  );
}

function ratePanel(
  data: OverTime,
  shown: readonly Side[],
  x: PlotAxis,
  y: PlotAxis,
  target: number | null,
  note: string,
): Panel {
  return {
    key: 'rate',
    height: rateHeight,
    y,
    note,
    shapes: [
      windowShapes(data, shown, x, rateHeight),
      shown.toReversed().map((side) => {
        const key = `${side}Rate` as const;
        const lines = stretches(data, [key]).map((rows) =>
          rows.map((row) => ({ x: x.at(row.x), y: y.at(row[key]) })),
        );
        return h('path', {
          key: side,
          d: linePath(lines, rateHeight),
          className: `chart-plot-line chart-plot-thin chart-plot-${side}`,
        });
      }),
    ],
    marks: [
      windowMarks(data, shown, x, rateHeight),
      target === null ? null : targetMark(target, (1 - y.at(target)) * rateHeight),
    ],
  };
}

function targetMark(target: number, y: number): ReactElement {
  return h(
    'g',
    { key: 'target' },
    across('line', y, 'goal'),
    h('text', { x: 6, y: y - 5, className: 'chart-plot-note' }, `asked for ${digits(target)}/s`),
  );
}

interface Bar {
  side: Side;
  from: number;
  to: number;
  perSecond: number;
}

function failedStrip(data: OverTime, shown: readonly Side[], x: PlotAxis): Panel {
  const half = data.bucketSeconds / 2;
  const bars = shown.flatMap((side) =>
    data.rows.flatMap((row): Bar[] => {
      const failed = row[`${side}Failed`];
      if (!failed) return [];
      // Variants that were alive at once stand side by side in their bucket.
      const from = data.isOverlapping && side === 'candidate' ? row.x : row.x - half;
      const to = data.isOverlapping && side === 'baseline' ? row.x : row.x + half;
      return [{ side, from, to, perSecond: failed / data.bucketSeconds }];
    }),
  );
  return strip('failed requests per second', bars, x);
}

/** Counted by the round, so drawn as its mean. */
function droppedStrip(data: OverTime, shown: readonly Side[], x: PlotAxis): Panel {
  const bars = data.bands.flatMap((band): Bar[] => {
    const { side, fromSeconds, windowSeconds, toSeconds } = band;
    if (!band.dropped || !shown.includes(side)) return [];
    const middle = (windowSeconds + toSeconds) / 2;
    const from = data.isOverlapping && side === 'candidate' ? middle : windowSeconds;
    const to = data.isOverlapping && side === 'baseline' ? middle : toSeconds;
    return [{ side, from, to, perSecond: band.dropped / Math.max(1, toSeconds - fromSeconds) }];
  });
  return strip('not started, per second', bars, x);
}

function strip(name: string, bars: Bar[], x: PlotAxis): Panel {
  const most = bars.reduce((highest, { perSecond }) => Math.max(highest, perSecond), 0) || 1;
  const ticks = [0, most].map((value) => ({ value, label: `${digits(value)}/s` }));
  const y = linearAxis([0, most], ticks);
  return {
    key: name,
    height: stripHeight,
    y,
    name,
    shapes: bars.map(({ side, from, to, perSecond }) => {
      const left = x.at(from) * dataWidth;
      const height = Math.max(1, y.at(perSecond) * stripHeight);
      return h('rect', {
        key: `${side} ${from}`,
        x: short(left),
        width: short(Math.max(1, x.at(to) * dataWidth - left)),
        y: short(stripHeight - height),
        height: short(height),
        className: `chart-plot-bar chart-plot-${side}`,
      });
    }),
  };
}

function totalOf(data: OverTime, what: 'Failed'): number {
  return sides.reduce(
    (sum, side) => data.rows.reduce((all, row) => all + (row[`${side}${what}`] ?? 0), sum),
    0,
  );
}

/** Null where nobody counted. */
function droppedOf({ bands }: OverTime): number | null {
  const known = bands.flatMap(({ dropped }) => dropped ?? []);
  return known.length === 0 ? null : known.reduce((sum, dropped) => sum + dropped, 0);
}

function lossWords(failed: number, dropped: number | null): string {
  const said = `${count(failed)} failed`;
  return dropped === null ? said : `${said}, ${count(dropped)} not started`;
}

function rateWords(data: OverTime, side: Side, name: string): string {
  const rates = stretches(data, [`${side}Rate`])
    .flat()
    .map((row) => row[`${side}Rate`]);
  if (rates.length === 0) return `${name}: not measured`;
  const [least, most] = [rates.reduce((a, b) => Math.min(a, b)), rates.reduce((a, b) => Math.max(a, b))];
  return `${name}: between ${digits(least)} and ${digits(most)} requests per second`;
}
