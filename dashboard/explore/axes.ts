/** Where a chart's axes are, in pixels: the pointer lies exactly over what they enclose. */
export const margin = { top: 8, right: 12, bottom: 4, left: 4 };
export const yAxisWidth = 64;
export const xAxisHeight = 30;
export const inset = {
  left: margin.left + yAxisWidth,
  right: margin.right,
  top: margin.top,
  bottom: margin.bottom + xAxisHeight,
};

export const axisStyle = { fontSize: 12, fill: 'var(--ink-3)' } as const;
export const yAxisStyle = { tick: axisStyle, width: yAxisWidth, axisLine: false, tickLine: false } as const;
export const xAxisStyle = { tick: axisStyle, height: xAxisHeight, stroke: 'var(--line-strong)' } as const;
export const lineOf = {
  baseline: { stroke: 'var(--baseline)', strokeWidth: 2, strokeDasharray: '5 3' },
  candidate: { stroke: 'var(--candidate)', strokeWidth: 2.5 },
} as const;
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
