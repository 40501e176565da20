import { createElement as h, type ReactElement, type ReactNode } from 'react';

/** Where a value lies on an axis, 0 to 1, and the values that are written beside it. */
export interface PlotAxis {
  at: (value: number) => number;
  ticks: { at: number; label: string }[];
}

/** One picture above others, with its own vertical axis; all of a plot share the horizontal one. */
export interface Panel {
  key: string;
  height: number;
  y: PlotAxis;
  /** Above it on the left: over the data nothing is written. */
  name?: string;
  /** Above it on the right. */
  note?: string;
  /** Shapes `dataWidth` wide and `height` high: stretched to the box, their strokes are not. */
  shapes: ReactNode;
  /** What must not be stretched, such as dots and words: x in percent, y in pixels. */
  marks?: ReactNode;
}

/** Of the shapes; a place on the horizontal axis times this is their x. */
export const dataWidth = 1000;
export const sides = ['baseline', 'candidate'] as const;
const gap = 12;
const top = 8;
const wordsHeight = 18;
const axisHeight = 26;

/** A point of a chart for who points at it: pixels from the top of the drawing. */
export interface Mark {
  side: 'baseline' | 'candidate';
  y: number;
}

/** Top of a panel below others of its height, all with words above them. */
export const panelTop = (index: number, height: number): number =>
  top + wordsHeight + index * (height + gap + wordsHeight);

/** One panel in the room of two, so that nothing moves when one of them goes. */
export const inRoomOf = (upper: number, lower: number): number => upper + gap + wordsHeight + lower;

/**
 * Panels over one horizontal axis. It is as wide as its box, and text is as large on a telephone as on a wide screen: places across
 * are percent, places down are pixels. Words of the axes lie outside, in the margin that `charts.css` leaves for them.
 */
export function plot({
  title,
  summary,
  panels,
  x,
}: {
  title: string;
  /** The picture in words, for those who do not see it. */
  summary: string;
  panels: Panel[];
  x: PlotAxis;
}): ReactElement {
  let next = top;
  const places = panels.map((panel) => {
    const place = next + (panel.name || panel.note ? wordsHeight : 0);
    next = place + panel.height + gap;
    return place;
  });
  const bottom = next - gap;
  return h(
    'svg',
    {
      className: 'chart-plot',
      // As attributes, since a copy that is saved as a file loses its classes.
      overflow: 'visible',
      height: bottom + axisHeight,
      role: 'img',
      'aria-label': `${title}. ${summary}`,
    },
    h('title', null, title),
    h('desc', null, summary),
    panels.map((panel, index) => drawnPanel(panel, places[index] ?? top, x)),
    x.ticks.map(({ at, label }) =>
      h(
        'text',
        { key: at, x: percent(at), y: bottom + 19, textAnchor: 'middle', className: 'chart-plot-text' },
        label,
      ),
    ),
  );
}

function drawnPanel(panel: Panel, y: number, x: PlotAxis): ReactElement {
  const { height } = panel;
  return h(
    'svg',
    { key: panel.key, y, width: '100%', height, overflow: 'visible' },
    panel.y.ticks.map(({ at, label }) => [
      across(`grid ${at}`, (1 - at) * height, 'grid'),
      h(
        'text',
        {
          key: at,
          x: -8,
          y: (1 - at) * height + 4,
          textAnchor: 'end',
          className: 'chart-plot-text',
        },
        label,
      ),
    ]),
    h(
      'svg',
      {
        viewBox: `0 0 ${dataWidth} ${height}`,
        preserveAspectRatio: 'none',
        width: '100%',
        height,
        overflow: 'hidden',
      },
      panel.shapes,
    ),
    x.ticks.map(({ at }) =>
      h('line', {
        key: at,
        x1: percent(at),
        x2: percent(at),
        y1: height,
        y2: height + 4,
        className: 'chart-plot-axis',
      }),
    ),
    across('axis', height, 'axis'),
    panel.marks,
    panel.name ? h('text', { x: 0, y: -8, className: 'chart-plot-name' }, shortened(panel.name)) : null,
    panel.note
      ? h('text', { x: '100%', y: -8, textAnchor: 'end', className: 'chart-plot-note' }, panel.note)
      : null,
  );
}

/** So that it leaves room for a note on a telephone; legends have it whole. */
const shortened = (name: string): string => (name.length > 26 ? `${name.slice(0, 25)}…` : name);

/** A line over the whole width at a height in pixels. */
export function across(key: string, y: number, part: string): ReactElement {
  return h('line', { key, x1: 0, x2: '100%', y1: y, y2: y, className: `chart-plot-${part}` });
}

export const percent = (share: number): string => `${Math.round(share * 10_000) / 100}%`;

/** A tenth of a pixel is fine enough for any screen; more digits only cost bytes. */
export const short = (value: number): number => Math.round(value * 10) / 10;

/** From `least` to `most`, each factor equally long. What lies outside is drawn at the end: 0 has no place here. */
export function logAxis(
  [least, most]: readonly [number, number],
  ticks: { value: number; label: string }[],
): PlotAxis {
  const span = Math.log(most / least);
  const at = (value: number): number => Math.log(Math.min(Math.max(value, least), most) / least) / span;
  return { at, ticks: ticks.map(({ value, label }) => ({ at: at(value), label })) };
}

export function linearAxis(
  [least, most]: readonly [number, number],
  ticks: { value: number; label: string }[],
): PlotAxis {
  const at = (value: number): number => (value - least) / (most - least);
  return { at, ticks: ticks.map(({ value, label }) => ({ at: at(value), label })) };
}

/** Round steps from 0, at most six; `base` 2 for bytes. */
export function stepsFromZero(most: number, base: 2 | 10 = 10): number[] {
  const power = base ** Math.floor(Math.log(most / 5) / Math.log(base));
  const step = (base === 2 ? [1, 2, 4] : [1, 2, 5, 10]).find((size) => most / (size * power) <= 5) ?? 10;
  return Array.from({ length: Math.floor(most / (step * power)) + 1 }, (_, index) =>
    Number((index * step * power).toPrecision(12)),
  );
}

/** Only ticks whose words do not touch; the first ones given stay. */
export function apart<Tick extends { value: number }>(
  ticks: readonly Tick[],
  at: (value: number) => number,
  leastShare: number,
): Tick[] {
  const kept: Tick[] = [];
  for (const tick of ticks)
    if (kept.every(({ value }) => Math.abs(at(value) - at(tick.value)) >= leastShare)) kept.push(tick);
  return kept;
}
