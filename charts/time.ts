import { createElement as h, type ReactElement, type ReactNode } from 'react';
import { dataWidth, linearAxis, type PlotAxis, percent, short } from './plot.ts';
import type { OverTime, RoundBand, Side, TimeRow } from './series.ts';

/** Minutes and seconds since the first warm-up: "1:05". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Round steps of time, at most about seven of them. */
function clockTicks(from: number, to: number): number[] {
  const step =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((size) => (to - from) / size <= 7) ?? 7200;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step);
}

/** The whole run, or a part of it in seconds. */
export function timeAxis({ bands }: OverTime, part: readonly [number, number] | null): PlotAxis {
  const end = bands.reduce((latest, { toSeconds }) => Math.max(latest, toSeconds), 1);
  const [from, to] = part ?? [0, end];
  const ticks = clockTicks(from, to).map((value) => ({ value, label: clock(value) }));
  return linearAxis([from, to], ticks);
}

/** Isolated mode gives each variant a panel; variants that were alive at once share one. */
export const panelsOf = (
  { isOverlapping }: OverTime,
  shown: readonly Side[],
): readonly (readonly Side[])[] => (isOverlapping ? [shown] : shown.map((side) => [side]));

/** The rows of a part, and one bucket more at both ends: a line leaves the picture, it does not end before it. Scales stay those of all. */
export function within(data: OverTime, part: readonly [number, number] | null): OverTime {
  if (part === null) return data;
  const [from, to] = [part[0] - data.bucketSeconds, part[1] + data.bucketSeconds];
  return { ...data, rows: data.rows.filter(({ x }) => x >= from && x <= to) };
}

type Measured<Key extends string> = TimeRow & Record<Key, number>;

/** Rows of one variant in which all of these were measured. */
export function stretches<Key extends string>(data: OverTime, keys: readonly Key[]): Measured<Key>[][] {
  return cut(data, (row): row is Measured<Key> => keys.every((key) => typeof row[key] === 'number'));
}

/** Cut wherever a bucket is missing or a round ends: a gap stays a gap. */
export function cut<Row extends TimeRow>(
  { rows, bucketSeconds }: OverTime,
  isMeasured: (row: TimeRow) => row is Row,
): Row[][] {
  const found: Row[][] = [];
  let open: Row[] = [];
  for (const row of rows) {
    const isEnd = Object.keys(row).length === 1;
    const last = open.at(-1);
    if (last && (isEnd || row.x - last.x > bucketSeconds * 1.5)) {
      found.push(open);
      open = [];
    }
    if (isMeasured(row)) open.push(row);
  }
  return open.length > 0 ? [...found, open] : found;
}

/** The windows of these variants as background; the warm-up before each stays untinted. Variants alive at once share their windows. */
export function windowShapes(data: OverTime, sides: readonly Side[], x: PlotAxis, height: number): ReactNode {
  return bandsOf(data, sides).map((band) => {
    const [from, to] = [x.at(band.windowSeconds) * dataWidth, x.at(band.toSeconds) * dataWidth];
    if (band.excluded === null)
      return h('rect', {
        key: band.round,
        x: short(from),
        width: short(to - from),
        y: 0,
        height,
        className: `chart-time-window chart-time-${tintOf(data, sides, band)}`,
      });
    // A line as thick as the panel, in dashes of pixels: stripes, whatever the width.
    return h('line', {
      key: band.round,
      x1: short(from),
      x2: short(to),
      y1: height / 2,
      y2: height / 2,
      strokeWidth: height,
      className: 'chart-time-excluded',
    });
  });
}

/** Of a telephone's width. */
const roomForWord = 0.24;

/** An excluded round says that it is one. */
export function windowMarks(data: OverTime, sides: readonly Side[], x: PlotAxis, height: number): ReactNode {
  return bandsOf(data, sides).flatMap((band): ReactElement[] => {
    const [from, to] = [x.at(band.windowSeconds), x.at(band.toSeconds)];
    const middle = (from + to) / 2;
    if (band.excluded === null || middle < 0 || middle > 1) return [];
    return [
      h(
        'text',
        {
          key: band.round,
          x: percent(middle),
          y: height / 2 + 4,
          textAnchor: 'middle',
          className: 'chart-plot-note',
        },
        h('title', null, `Round ${band.round} does not count: ${band.excluded}`),
        to - from > roomForWord ? 'excluded' : '×',
      ),
    ];
  });
}

const bandsOf = ({ bands, isOverlapping }: OverTime, sides: readonly Side[]): RoundBand[] =>
  bands.filter(({ side }) => (isOverlapping ? side === 'baseline' : sides.includes(side)));

function tintOf({ isOverlapping }: OverTime, sides: readonly Side[], { side }: RoundBand): Side | 'both' {
  if (!isOverlapping) return side;
  return sides.length > 1 ? 'both' : (sides[0] ?? side);
}

/** "block 3, 0:45 to 1:05" for each round that does not count. */
export function exclusionWords({ bands }: OverTime): string {
  const excluded = bands.filter((band) => band.excluded !== null);
  if (excluded.length === 0) return '';
  return ` Not counted: ${excluded
    .map((band) => `round ${band.round} from ${clock(band.windowSeconds)} to ${clock(band.toSeconds)}`)
    .join('; ')}.`;
}
