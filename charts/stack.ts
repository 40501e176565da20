import { createElement as h, type ReactElement, type ReactNode } from 'react';
import { partColour } from './Legend.ts';
import { areaPath } from './paths.ts';
import { inRoomOf, linearAxis, type Panel, type PlotAxis, sides, stepsFromZero } from './plot.ts';
import type { OverTime, Side, TimeRow } from './series.ts';
import { cut, windowMarks, windowShapes, within } from './time.ts';

/** What a process used in a bucket, by the key of its row. */
export interface Stacked {
  what: 'Cpu' | 'Rss';
  label: (value: number) => string;
  /** 2 where the unit counts in powers of 2. */
  base: 2 | 10;
  /** The axis reaches at least to here. */
  least: number;
}

export interface StackProps {
  data: OverTime;
  names: { baseline: string; candidate: string };
  part?: readonly [number, number] | null;
  shown?: readonly Side[];
}

/** Areas on each other, from 0, in the order of `data.processes`; a panel for each variant, all on one axis. */
export function stackPanels(
  { data, names, part = null, shown = sides }: StackProps,
  x: PlotAxis,
  how: Stacked,
  marks: (y: PlotAxis, height: number) => ReactNode = () => null,
  note?: string,
): Panel[] {
  const most = sides.reduce(
    (highest, side) =>
      data.rows.reduce((top, row) => Math.max(top, heightOf(row, side, data.processes, how)), highest),
    how.least,
  );
  const ticks = stepsFromZero(most, how.base).map((value) => ({ value, label: how.label(value) }));
  const y = linearAxis([0, most * 1.04], ticks);
  const seen = within(data, part);
  const height = shown.length > 1 ? 118 : inRoomOf(118, 118);
  return shown.map((side, index) => ({
    key: side,
    height,
    y,
    name: names[side],
    ...(note && index === 0 ? { note } : {}),
    shapes: [windowShapes(data, [side], x, height), areas(seen, side, x, y, height, how)],
    marks: [windowMarks(data, [side], x, height), marks(y, height)],
  }));
}

function areas(
  data: OverTime,
  side: Side,
  x: PlotAxis,
  y: PlotAxis,
  height: number,
  how: Stacked,
): ReactElement[] {
  const parts = stretchesOf(data, side, how);
  // Each reaches down to 0, the highest first: the next one covers what is not its own, and no line is written twice.
  return data.processes
    .map((process, index) => {
      const upTo = data.processes.slice(0, index + 1);
      const tops = parts.map((rows) =>
        rows.map((row) => ({ x: x.at(row.x), y: y.at(heightOf(row, side, upTo, how)) })),
      );
      return h('path', {
        key: process,
        d: areaPath(tops, height),
        style: { fill: partColour(side, index) },
        className: `chart-stack-area chart-stack-${side}`,
      });
    })
    .toReversed();
}

/** Each stretch reaches to the edges of its buckets, so that one alone is seen. */
function stretchesOf(data: OverTime, side: Side, { what }: Stacked): TimeRow[][] {
  const isMeasured = (row: TimeRow): row is TimeRow =>
    data.processes.some((process) => typeof row[`${side}${what}:${process}`] === 'number');
  return cut(data, isMeasured).map((stretch) => {
    const [first, last] = [stretch[0], stretch.at(-1)];
    if (!first || !last) return stretch;
    const reach = data.bucketSeconds / 2;
    return [{ ...first, x: first.x - reach }, ...stretch, { ...last, x: last.x + reach }];
  });
}

function heightOf(row: TimeRow, side: Side, processes: readonly string[], { what }: Stacked): number {
  return processes.reduce((sum, process) => sum + (row[`${side}${what}:${process}`] ?? 0), 0);
}

/** The mean of each process over all buckets, in words. */
export function stackWords({ data, names, part = null }: StackProps, { what, label }: Stacked): string {
  const { rows, processes } = within(data, part);
  return sides
    .map((side) => {
      const means = processes.flatMap((process) => {
        const values = rows.flatMap((row) => row[`${side}${what}:${process}`] ?? []);
        if (values.length === 0) return [];
        return [`${process} ${label(values.reduce((sum, value) => sum + value, 0) / values.length)}`];
      });
      return `${names[side]}, on average: ${means.length > 0 ? means.join(', ') : 'not measured'}`;
    })
    .join('; ');
}
