import type { MetricResult } from '@dyno/contracts/report';
import { change, digits } from '@dyno/lab/format';

/** A place on an axis, in percent of its width. */
export type Scale = (value: number) => number;

export interface Axis {
  place: Scale;
  ticks: { at: number; label: string }[];
}

/** Room at both ends, so that a dot at the edge is whole. */
const paddingPercent = 4;

/** Ratios on a logarithmic axis: twice as much is as far from 1 as half as much. */
export function ratioAxis(metrics: Pick<MetricResult, 'ratio' | 'noiseFloor'>[], margin: number): Axis {
  const bounds = metrics.flatMap(({ ratio, noiseFloor }) =>
    ratio
      ? [
          Math.max(ratio.low, 1e-6),
          ratio.high,
          ratio.estimate,
          ...(noiseFloor === null ? [] : [1 + noiseFloor, 1 / (1 + noiseFloor)]),
        ]
      : [],
  );
  const least = Math.min(1 / (1 + 1.5 * margin), ...bounds);
  const most = Math.max(1 + 1.5 * margin, ...bounds);
  const place = linear(Math.log(least), Math.log(most));
  return {
    place: (ratio) => place(Math.log(ratio)),
    ticks: ratioTicksWithin(least, most).map(({ ratio, label }) => ({ at: place(Math.log(ratio)), label })),
  };
}

/**
 * Runs of very different size under each other: near no change the axis is linear in the logarithm, further out it is squeezed, so
 * that a change of 3 % is seen beside one of 400-fold. For glancing only: it has no ticks, and says that it is squeezed.
 */
export function squeezedAxis(metrics: Pick<MetricResult, 'ratio'>[]): Axis {
  const squeeze = (ratio: number) => Math.asinh(Math.log(Math.max(ratio, 1e-6)) / 0.05);
  const furthest = metrics.flatMap(({ ratio }) =>
    ratio ? [Math.abs(squeeze(ratio.low)), Math.abs(squeeze(ratio.high))] : [],
  );
  const most = Math.max(squeeze(1.1), ...furthest);
  const place = linear(-most, most);
  return { place: (ratio) => place(squeeze(ratio)), ticks: [] };
}

/** Differences in percentage points, around 0. */
export function differenceAxis(metrics: MetricResult[]): Axis {
  const most = Math.max(
    0.005,
    ...metrics.flatMap(({ difference }) =>
      difference ? [Math.abs(difference.low), Math.abs(difference.high)] : [],
    ),
  );
  return { place: linear(-most, most), ticks: [] };
}

/** Round ratios, no change among them: percent where all lie within ÷2 to ×2, factors outside. */
export function ratioTicksWithin(
  least: number,
  most: number,
  ticksMax = 7,
): { ratio: number; label: string }[] {
  const span = Math.max(most, 1 / least);
  const ratios = span < 2 ? percents(least, most, ticksMax) : factors(span, ticksMax);
  return ratios
    .filter((ratio) => ratio >= least && ratio <= most)
    .sort((a, b) => a - b)
    .map((ratio) => ({ ratio, label: span < 2 ? change(ratio) : factorLabel(ratio) }));
}

function percents(least: number, most: number, ticksMax: number): number[] {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((size) => (most - least) / size <= ticksMax) ?? 0.25;
  return Array.from({ length: 40 }, (_, index) => Number((1 + (index - 20) * step).toFixed(2)));
}

function factors(span: number, ticksMax: number): number[] {
  if (span < 4) return [1, 1.5, 2, 3, 1 / 1.5, 1 / 2, 1 / 3];
  const base = span < 20 ? 2 : span < 300 ? 4 : 10;
  return powers(ticksMax < 7 && span >= 4 ? base ** 2 : base, span);
}

function factorLabel(ratio: number): string {
  if (ratio === 1) return '1';
  return ratio > 1 ? `×${digits(ratio)}` : `÷${digits(1 / ratio)}`;
}

function powers(base: number, span: number): number[] {
  const steps = [1];
  for (let factor = base; factor <= span * base; factor *= base) steps.push(factor, 1 / factor);
  return steps;
}

function linear(from: number, to: number): Scale {
  return (value) => paddingPercent + ((value - from) / (to - from)) * (100 - 2 * paddingPercent);
}

/** From a 1, 2 or 5 below the least to one above the most. */
export function logDomain(values: number[]): [number, number] {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return [1, 10];
  const least = positive.reduce((a, b) => Math.min(a, b));
  const most = positive.reduce((a, b) => Math.max(a, b));
  const ticks = logTicks(least / 5, most * 5);
  return [ticks.findLast((tick) => tick <= least) ?? least, ticks.find((tick) => tick >= most) ?? most];
}

/** Powers of ten with their double and fivefold, thinned to what fits. */
export function logTicks(from: number, to: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power += 1)
    for (const step of [1, 2, 5]) ticks.push(Number((step * 10 ** power).toPrecision(1)));
  return ticks.filter((tick) => tick >= from * 0.999 && tick <= to * 1.001);
}

/** Ticks for a part of a logarithmic axis: 1, 2, 5 where that gives enough, else round steps. */
export function ticksWithin(from: number, to: number): number[] {
  const ticks = logTicks(from, to);
  if (ticks.length > 9) return ticks.filter((tick) => /^1/.test(tick.toExponential()));
  if (ticks.length > 2) return ticks;
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((size) => size * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(6)),
  );
}
