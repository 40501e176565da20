import { milliseconds } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { bandPath, linePath } from './paths.ts';
import { logAxis, type Panel, type PlotAxis, plot } from './plot.ts';
import { ticksWithin } from './scale.ts';
import type { OverTime, Side } from './series.ts';
import { exclusionWords, panelsOf, stretches, timeAxis, windowMarks, windowShapes } from './time.ts';

/** p50 as a line and p5 to p95 as a band, per bucket, on one logarithmic axis for all panels; no averages over time. */
export function LatencyOverTime({
  data,
  names,
  part = null,
}: {
  data: OverTime;
  names: { baseline: string; candidate: string };
  /** Seconds of the run; `data` is then made for the same part. */
  part?: readonly [number, number] | null;
}): ReactElement {
  const x = timeAxis(data, part);
  const [least, most] = data.latencyDomain;
  const ticks = ticksWithin(least, most).map((value) => ({ value, label: milliseconds(value) }));
  const y = logAxis([least, most], ticks);
  const panels = panelsOf(data).map((sides): Panel => {
    const height = data.isOverlapping ? 236 : 130;
    return {
      key: sides.join(),
      height,
      y,
      ...(sides.length === 1 && sides[0] ? { name: names[sides[0]] } : {}),
      ...(sides[0] === 'baseline' ? { note: 'logarithmic' } : {}),
      shapes: [
        windowShapes(data, sides, x, height),
        sides.map((side) => bandOf(data, side, x, y, height)),
        sides.toReversed().map((side) => lineOf(data, side, x, y, height)),
      ],
      marks: windowMarks(data, sides, x, height),
    };
  });
  return plot({ title: 'Latency over the run', summary: inWords(data, names), panels, x });
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
