import { milliseconds } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { bandPath, linePath } from './paths.ts';
import {
  sides as bothSides,
  inRoomOf,
  linearAxis,
  logAxis,
  type Mark,
  type Panel,
  type PlotAxis,
  panelTop,
  plot,
  stepsFromZero,
} from './plot.ts';
import { ticksWithin } from './scale.ts';
import type { OverTime, Side, TimeRow } from './series.ts';
import { exclusionWords, panelsOf, stretches, timeAxis, windowMarks, windowShapes, within } from './time.ts';

/** p50 as a line and p5 to p95 as a band, per bucket, on one axis for all panels; no averages over time. */
export function LatencyOverTime({
  data,
  names,
  part = null,
  shown = bothSides,
  scale = 'log',
}: {
  data: OverTime;
  names: { baseline: string; candidate: string };
  /** Seconds of the run; `data` is then made for the same part. */
  part?: readonly [number, number] | null;
  shown?: readonly Side[];
  scale?: 'log' | 'linear';
}): ReactElement {
  const x = timeAxis(data, part);
  const y = latencyAxis(data, scale);
  const seen = within(data, part);
  const height = heightOf(data, shown);
  const panels = panelsOf(data, shown).map((sides, index): Panel => {
    return {
      key: sides.join(),
      height,
      y,
      ...(!data.isOverlapping && sides[0] ? { name: names[sides[0]] } : {}),
      ...(index === 0 ? { note: scale === 'log' ? 'logarithmic' : 'linear, from 0' } : {}),
      shapes: [
        windowShapes(data, sides, x, height),
        sides.map((side) => bandOf(seen, side, x, y, height)),
        sides.toReversed().map((side) => lineOf(seen, side, x, y, height)),
      ],
      marks: windowMarks(data, sides, x, height),
    };
  });
  return plot({ title: 'Latency over the run', summary: inWords(seen, names), panels, x });
}

/** Where the lines are in a row. */
export function latencyMarks(
  data: OverTime,
  shown: readonly Side[],
  scale: 'log' | 'linear',
): (row: TimeRow) => Mark[] {
  const y = latencyAxis(data, scale);
  const height = heightOf(data, shown);
  return (row) =>
    shown.flatMap((side, index) => {
      const p50 = row[`${side}P50`];
      if (typeof p50 !== 'number') return [];
      return [{ side, y: panelTop(data.isOverlapping ? 0 : index, height) + (1 - y.at(p50)) * height }];
    });
}

function heightOf({ isOverlapping }: OverTime, shown: readonly Side[]): number {
  if (isOverlapping) return 236;
  return shown.length > 1 ? 130 : inRoomOf(130, 130);
}

function latencyAxis({ latencyDomain: [least, most] }: OverTime, scale: 'log' | 'linear'): PlotAxis {
  const ticks = scale === 'log' ? ticksWithin(least, most) : stepsFromZero(most);
  const labelled = ticks.map((value) => ({ value, label: milliseconds(value) }));
  return scale === 'log' ? logAxis([least, most], labelled) : linearAxis([0, most], labelled);
}

function lineOf(data: OverTime, side: Side, x: PlotAxis, y: PlotAxis, height: number): ReactElement {
  const key = `${side}P50` as const;
  const lines = stretches(data, [key]).map((rows) =>
    rows.map((row) => ({ x: x.at(row.x), y: y.at(row[key]) })),
  );
  return h('path', {
    key: side,
    d: linePath(lines, height),
    className: `chart-plot-line chart-plot-thin chart-plot-${side}`,
  });
}

function bandOf(data: OverTime, side: Side, x: PlotAxis, y: PlotAxis, height: number): ReactElement {
  const [p5, p95] = [`${side}P5`, `${side}P95`] as const;
  const bands = stretches(data, [p5, p95]).map((rows) =>
    rows.map((row) => ({ x: x.at(row.x), low: y.at(row[p5]), high: y.at(row[p95]) })),
  );
  return h('path', {
    key: `${side} band`,
    d: bandPath(bands, height),
    className: `chart-plot-band chart-plot-${side}`,
  });
}

function inWords(data: OverTime, names: { baseline: string; candidate: string }): string {
  const said = (['baseline', 'candidate'] as const).flatMap((side) => {
    const medians = stretches(data, [`${side}P50`])
      .flat()
      .map((row) => row[`${side}P50`]);
    if (medians.length === 0) return [];
    const [least, most] = [
      medians.reduce((a, b) => Math.min(a, b)),
      medians.reduce((a, b) => Math.max(a, b)),
    ];
    return [`${names[side]}: p50 between ${milliseconds(least)} and ${milliseconds(most)}`];
  });
  return `${said.join('; ')}.${exclusionWords(data)}`;
}
