import type { MetricResult } from '@dyno/contracts/report';
import { change } from '@dyno/lab/format';

/** A place on an axis, in percent of its width. */
export type Scale = (value: number) => number;

export interface Axis {
  place: Scale;
  ticks: { at: number; label: string }[];
}

/** Room at both ends, so that a dot at the edge is whole. */
const paddingPercent = 4;

/** Ratios on a logarithmic axis: twice as much is as far from 1 as half as much. */
export function ratioAxis(metrics: MetricResult[], margin: number): Axis {
  const bounds = metrics.flatMap(({ ratio }) =>
    ratio ? [Math.max(ratio.low, 1e-6), ratio.high, ratio.estimate] : [],
  );
  const least = Math.min(1 / (1 + 1.5 * margin), ...bounds);
  const most = Math.max(1 + 1.5 * margin, ...bounds);
  const place = linear(Math.log(least), Math.log(most));
  return {
    place: (ratio) => place(Math.log(ratio)),
    ticks: ratioTicks(least, most).map((ratio) => ({
      at: place(Math.log(ratio)),
      label: ratio === 1 ? '1' : change(ratio),
    })),
  };
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

/** Four to seven round ratios, 1 among them: percent while the range is small, powers where it is not. */
function ratioTicks(least: number, most: number): number[] {
  const span = Math.max(most, 1 / least);
  const steps =
    span < 1.06
      ? [0.98, 0.99, 1, 1.01, 1.02, 0.96, 1.04]
      : span < 1.12
        ? [0.9, 0.95, 1, 1.05, 1.1]
        : span < 1.5
          ? [0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4]
          : span < 4
            ? [1 / 4, 1 / 2, 0.7, 1, 1.4, 2, 4]
            : powers(span < 20 ? 2 : span < 300 ? 4 : 10, span);
  return steps.filter((step) => step >= least && step <= most).sort((a, b) => a - b);
}

function powers(base: number, span: number): number[] {
  const steps = [1];
  for (let factor = base; factor <= span * base; factor *= base) steps.push(factor, 1 / factor);
  return steps;
}

function linear(from: number, to: number): Scale {
  return (value) => paddingPercent + ((value - from) / (to - from)) * (100 - 2 * paddingPercent);
}
