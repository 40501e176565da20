import { change, milliseconds } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { bandPath, linePath } from './paths.ts';
import {
  across,
  apart,
  inRoomOf,
  linearAxis,
  logAxis,
  type Mark,
  type Panel,
  type PlotAxis,
  panelTop,
  percent,
  plot,
  sides,
  stepsFromZero,
} from './plot.ts';
import { logDomain, ratioTicksWithin, ticksWithin } from './scale.ts';
import type { PercentilePoint, Side } from './series.ts';

const curveHeight = 230;
const ratioHeight = 92;
/** In the order in which they make room for each other. */
const named = [0.99, 0.5, 0.9, 0.999, 0.9999, 0.95, 0];
/** A band of two rounds may reach over decades: further than this beyond the lines it leaves the picture, and a note says so. */
const reachMax = 3;

type Objectives = readonly { quantile: number; ms: number }[];

/**
 * The whole distribution of latency: each tenth of what is left gets equal room, so that the slowest are seen. The band is the interval
 * over rounds. Below it, on the same axis, the candidate as a multiple of the baseline.
 */
export function PercentileCurve({
  points,
  names,
  objectives = [],
  shown = sides,
  scale = 'log',
}: {
  /** From `percentileCurve()`, which ends where fewer than ten requests lie beyond. */
  points: PercentilePoint[];
  names: { baseline: string; candidate: string };
  /** What was asked for, for example p95 below 200 ms. */
  objectives?: Objectives;
  shown?: readonly Side[];
  scale?: 'log' | 'linear';
}): ReactElement | null {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || first === last) return null;
  const { at } = linearAxis([first.x, last.x], []);
  const ticks = named
    .map((quantile) => ({ value: -Math.log10(1 - quantile), label: percentileName(quantile) }))
    .filter(({ value }) => value >= first.x - 1e-9 && value <= last.x + 1e-9);
  const x = linearAxis([first.x, last.x], apart(ticks, at, 0.13));
  const ratio = shown.length > 1 ? ratioPanel(points, x) : null;
  const panels = [curvePanel(points, shown, x, objectives, scale), ratio];
  return plot({
    title: 'Latency by percentile',
    summary: inWords(points, names),
    panels: panels.filter((panel) => panel !== null),
    x,
  });
}

/** 0.999 is "p99.9"; the fastest request is "min". */
export function percentileName(quantile: number): string {
  return quantile === 0 ? 'min' : `p${Number((quantile * 100).toPrecision(6))}`;
}

/** Where the lines are at a point. */
export function percentileMarks(
  points: PercentilePoint[],
  objectives: Objectives,
  shown: readonly Side[],
  scale: 'log' | 'linear',
): (point: PercentilePoint) => Mark[] {
  const { y } = latencyAxis(points, objectives, scale);
  const height = heightOf(points, shown);
  return (point) =>
    shown.flatMap((side) => {
      const ms = point[side];
      return ms === null ? [] : [{ side, y: panelTop(0, height) + (1 - y.at(ms)) * height }];
    });
}

function heightOf(points: PercentilePoint[], shown: readonly Side[]): number {
  const isAlone = shown.length < 2 && points.filter(({ ratio }) => ratio).length > 1;
  return isAlone ? inRoomOf(curveHeight, ratioHeight) : curveHeight;
}

function latencyAxis(
  points: PercentilePoint[],
  objectives: Objectives,
  scale: 'log' | 'linear',
): { y: PlotAxis; isAll: boolean } {
  const lines = points.flatMap((point) => sides.flatMap((side) => point[side] ?? []));
  const bands = points.flatMap((point) => sides.flatMap((side) => point[`${side}Band`] ?? []));
  const wanted = objectives.map(({ ms }) => ms);
  const within = inReach(bands, lines);
  const [least, most] = logDomain([...lines, ...within.values, ...wanted]);
  const ticks = scale === 'log' ? ticksWithin(least, most) : stepsFromZero(most);
  const labelled = ticks.map((value) => ({ value, label: milliseconds(value) }));
  const y = scale === 'log' ? logAxis([least, most], labelled) : linearAxis([0, most], labelled);
  return { y, isAll: within.isAll };
}

function curvePanel(
  points: PercentilePoint[],
  shown: readonly Side[],
  x: PlotAxis,
  objectives: Objectives,
  scale: 'log' | 'linear',
): Panel {
  const height = heightOf(points, shown);
  const { y, isAll } = latencyAxis(points, objectives, scale);
  const note = scale === 'log' ? 'logarithmic' : 'linear, from 0';
  return {
    key: 'latency',
    height,
    y,
    note: isAll ? note : `${note}; bands go on outside`,
    shapes: [
      ...shown.map((side) => bandOf(points, side, x, y, height)),
      // The dashes lie on top, so that two equal curves are both seen.
      ...shown.toReversed().map((side) => lineOf(points, side, x, y, height)),
    ],
    marks: objectives.map(({ quantile, ms }) => objectiveMark(quantile, ms, x, y, height)),
  };
}

function lineOf(
  points: PercentilePoint[],
  side: Side,
  x: PlotAxis,
  y: PlotAxis,
  height: number,
): ReactElement {
  const known = points.flatMap((point) => {
    const ms = point[side];
    return ms === null ? [] : [{ x: x.at(point.x), y: y.at(ms) }];
  });
  return h('path', {
    key: side,
    d: known.length === 0 ? '' : linePath([known], height),
    className: `chart-plot-line chart-plot-${side}`,
  });
}

function bandOf(
  points: PercentilePoint[],
  side: Side,
  x: PlotAxis,
  y: PlotAxis,
  height: number,
): ReactElement | null {
  const known = points.flatMap((point) => {
    const band = point[`${side}Band`];
    return band === null ? [] : [{ x: x.at(point.x), low: y.at(band[0]), high: y.at(band[1]) }];
  });
  if (known.length < 2) return null;
  return h('path', {
    key: `${side} band`,
    d: bandPath([known], height),
    className: `chart-plot-band chart-plot-${side}`,
  });
}

function objectiveMark(quantile: number, ms: number, x: PlotAxis, y: PlotAxis, height: number): ReactElement {
  const at = (1 - y.at(ms)) * height;
  const place = x.at(-Math.log10(1 - quantile));
  const label = `goal: ${percentileName(quantile)} below ${milliseconds(ms)}`;
  return h(
    'g',
    { key: label },
    across('goal', at, 'goal'),
    // A picture inside a picture is what can stand at a place in percent.
    place >= 0 && place <= 1
      ? h(
          'svg',
          { x: percent(place), y: at, overflow: 'visible' },
          h('path', { d: 'M-5 -9H5L0 -1Z', className: 'chart-plot-goal-mark' }),
        )
      : null,
    h('text', { x: 6, y: at - 5, className: 'chart-plot-note' }, label),
  );
}

function ratioPanel(points: PercentilePoint[], x: PlotAxis): Panel | null {
  const ratios = points.flatMap(({ x: place, ratio }) => (ratio ? [{ x: x.at(place), ...ratio }] : []));
  if (ratios.length < 2) return null;
  const estimates = [1, ...ratios.map(({ estimate }) => estimate)];
  const within = inReach(
    ratios.flatMap(({ low, high }) => [low ?? 1, high ?? 1]),
    estimates,
  );
  const bounds = [...estimates, ...within.values];
  const room = Math.max(1.02, (Math.max(...bounds) / Math.min(...bounds)) ** 0.12);
  const [least, most] = [Math.min(...bounds) / room, Math.max(...bounds) * room];
  const ticks = ratioTicksWithin(least, most, 4)
    .map(({ ratio, label }) => ({ value: ratio, label }))
    .sort((a, b) => Math.abs(Math.log(a.value)) - Math.abs(Math.log(b.value)));
  const { at } = logAxis([least, most], []);
  const y = logAxis([least, most], apart(ticks, at, 0.16));
  const band = ratios.flatMap(({ x: place, low, high }) =>
    low === null || high === null ? [] : [{ x: place, low: y.at(low), high: y.at(high) }],
  );
  return {
    key: 'ratio',
    height: ratioHeight,
    y,
    name: 'Change at each percentile',
    shapes: [
      band.length > 1
        ? h('path', {
            key: 'band',
            d: bandPath([band], ratioHeight),
            className: 'chart-plot-band chart-plot-candidate',
          })
        : null,
      h('path', {
        key: 'line',
        d: linePath([ratios.map((ratio) => ({ x: ratio.x, y: y.at(ratio.estimate) }))], ratioHeight),
        className: 'chart-plot-line chart-plot-candidate',
      }),
    ],
    marks: across('none', (1 - y.at(1)) * ratioHeight, 'none'),
  };
}

/** Those of the values that are not too far beyond the lines. */
function inReach(values: number[], lines: number[]): { values: number[]; isAll: boolean } {
  const [least, most] = [Math.min(...lines) / reachMax, Math.max(...lines) * reachMax];
  const near = values.map((value) => Math.min(Math.max(value, least), most));
  return { values: near, isAll: values.every((value) => value >= least && value <= most) };
}

function inWords(points: PercentilePoint[], names: { baseline: string; candidate: string }): string {
  const said = points.flatMap(({ quantile, baseline, candidate, ratio }) =>
    [0.5, 0.9, 0.95, 0.99, 0.999].some((one) => Math.abs(one - quantile) < 1e-6) &&
    baseline !== null &&
    candidate !== null &&
    ratio
      ? [
          `${percentileName(quantile)} ${milliseconds(baseline)} to ${milliseconds(candidate)}, ${change(ratio.estimate)}`,
        ]
      : [],
  );
  return `From ${names.baseline} to ${names.candidate}: ${said.join('; ')}.`;
}
