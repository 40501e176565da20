/** Where a chart's axes are, in pixels, as in the charts of the server: one lies exactly over the other. */
const left = 68;
const right = 12;
const wordsAbove = 8;
export const xAxisHeight = 26;
/** Across, what the axes enclose. */
export const inset = { left, right };

/** One picture above others, in pixels from the top of the chart. */
export interface Place {
  top: number;
  height: number;
}

/** Room for a chart of Recharts over a place, and the margins that bring its axes there. */
export function roomOf({ top, height }: Place, isLast: boolean) {
  return {
    style: { top: top - wordsAbove, height: height + wordsAbove + (isLast ? xAxisHeight : 1) },
    margin: { top: wordsAbove, right, bottom: 0, left: 0 },
  };
}

/** As many places as there are, else the whole height in equal parts. */
export function placesOf(found: readonly Place[], wanted: number): Place[] {
  if (found.length === wanted) return [...found];
  const top = found[0]?.top ?? 26;
  const last = found.at(-1);
  const bottom = last ? last.top + last.height : 220;
  const gap = 30;
  const height = (bottom - top - gap * (wanted - 1)) / wanted;
  return Array.from({ length: wanted }, (_, index) => ({ top: top + index * (height + gap), height }));
}

export const axisStyle = { fontSize: 12, fill: 'var(--ink-3)' } as const;
export const yAxisStyle = { tick: axisStyle, width: left, axisLine: false, tickLine: false } as const;
export const xAxisStyle = { tick: axisStyle, height: xAxisHeight, stroke: 'var(--line-strong)' } as const;
/** Of a panel above others. */
export const bareXAxis = { height: 1, tick: false, tickLine: false, stroke: 'var(--line-strong)' } as const;
export const lineOf = {
  baseline: { stroke: 'var(--baseline)', strokeWidth: 2, strokeDasharray: '5 3' },
  candidate: { stroke: 'var(--candidate)', strokeWidth: 2.5 },
} as const;
/** Over time, where a line has hundreds of points. */
export const thin = { strokeWidth: 1.75 } as const;
export const sides = ['baseline', 'candidate'] as const;

type Domain = readonly [number, number];

/** Place of a value as a share of the height, from above. */
export function heightOf(scale: 'log' | 'linear', [least, most]: Domain): (value: number) => number {
  return scale === 'log'
    ? (value) => 1 - Math.log(value / least) / Math.log(most / least)
    : (value) => 1 - (value - least) / (most - least);
}

/** Round steps from 0, at most eight. */
export function linearTicks(most: number): number[] {
  const rough = most / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((size) => size * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
}

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Round steps of time, at most about eight of them. */
export function clockTicks([from, to]: Domain): number[] {
  const step =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((size) => (to - from) / size <= 8) ?? 7200;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step);
}
