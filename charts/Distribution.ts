import { milliseconds, percent as share } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { linePath, stepPath } from './paths.ts';
import {
  apart,
  linearAxis,
  logAxis,
  type Mark,
  type PlotAxis,
  panelTop,
  plot,
  sides,
  stepsFromZero,
} from './plot.ts';
import { ticksWithin } from './scale.ts';
import type { DistributionBin, Side } from './series.ts';

/** With its axis as high as the curve by percentile that stands beside it. */
const height = 320;

type Kind = 'histogram' | 'cumulative';

/**
 * How many requests took how long: as shares of the requests in bins that are equally wide on the logarithmic axis, or (`cumulative`)
 * the share that was answered within so many milliseconds.
 */
export function Distribution({
  bins,
  names,
  kind = 'histogram',
  shown = sides,
}: {
  /** From `distribution()`. */
  bins: DistributionBin[];
  names: { baseline: string; candidate: string };
  kind?: Kind;
  shown?: readonly Side[];
}): ReactElement | null {
  const [first, last] = [bins[0], bins.at(-1)];
  if (!first || !last) return null;
  const domain = [first.fromMs, last.toMs] as const;
  const { at } = logAxis(domain, []);
  // Powers of ten stay where there is no room for all.
  const ticks = ticksWithin(...domain)
    .map((value) => ({ value, label: milliseconds(value) }))
    .sort((a, b) => leadOf(a.value) - leadOf(b.value));
  const x = logAxis(domain, apart(ticks, at, 0.18));
  const y = shareAxis(bins, kind);
  const draw = kind === 'cumulative' ? cumulative : histogram;
  return plot({
    title: kind === 'cumulative' ? 'Share of requests answered within a time' : 'Distribution of latency',
    summary: `${sides.map((side) => medianWords(bins, side, names[side])).join('; ')}.`,
    panels: [
      {
        key: kind,
        height,
        y,
        name: kind === 'cumulative' ? 'share answered within' : 'share of requests',
        note: 'logarithmic',
        shapes: shown.toReversed().map((side) => draw(bins, side, x, y)),
      },
    ],
    x,
  });
}

/** Where the lines are at a share of each variant: its bin's, or all up to there. */
export function distributionMarks(
  bins: DistributionBin[],
  kind: Kind,
  shown: readonly Side[],
): (shares: Record<Side, number>) => Mark[] {
  const y = shareAxis(bins, kind);
  return (shares) =>
    shown.map((side) => ({ side, y: panelTop(0, height) + (1 - y.at(shares[side])) * height }));
}

function shareAxis(bins: DistributionBin[], kind: Kind): PlotAxis {
  const most =
    kind === 'cumulative'
      ? 1
      : bins.reduce((highest, bin) => Math.max(highest, bin.baseline, bin.candidate), 0);
  return linearAxis(
    [0, most * 1.04],
    stepsFromZero(most).map((value) => ({ value, label: share(value) })),
  );
}

const leadOf = (value: number): number => Number(value.toExponential()[0]);

function histogram(bins: DistributionBin[], side: Side, x: PlotAxis, y: PlotAxis): ReactElement | null {
  // Empty bins in front and behind would draw a line along the axis.
  const full = bins.flatMap((bin, index) => (bin[side] > 0 ? [index] : []));
  const [from, to] = [full[0], full.at(-1)];
  if (from === undefined || to === undefined) return null;
  const d = stepPath(
    bins
      .slice(from, to + 1)
      .map((bin) => ({ from: x.at(bin.fromMs), to: x.at(bin.toMs), y: y.at(bin[side]) })),
    height,
  );
  return h(
    'g',
    { key: side },
    h('path', { d, className: `chart-plot-band chart-plot-${side}` }),
    h('path', { d, className: `chart-plot-line chart-plot-thin chart-plot-${side}` }),
  );
}

function cumulative(bins: DistributionBin[], side: Side, x: PlotAxis, y: PlotAxis): ReactElement | null {
  if (bins.every((bin) => bin[side] === 0)) return null;
  let sum = 0;
  const points = bins.map((bin) => {
    sum += bin[side];
    return { x: x.at(bin.toMs), y: y.at(Math.min(1, sum)) };
  });
  return h('path', {
    key: side,
    d: linePath([[{ x: 0, y: 0 }, ...points]], height),
    className: `chart-plot-line chart-plot-${side}`,
  });
}

function medianWords(bins: DistributionBin[], side: Side, name: string): string {
  let sum = 0;
  const half = bins.find((bin) => {
    sum += bin[side];
    return sum >= 0.5;
  });
  return half ? `${name}: half of the requests within ${milliseconds(half.toMs)}` : `${name}: not measured`;
}
