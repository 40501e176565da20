import { change, quantity } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { ticksWithin } from './scale.ts';

export interface HistoryDot {
  runId: string;
  /** The day, in words. */
  date: string;
  value: number;
  low: number | null;
  high: number | null;
  /** What is different from the run before: the machine or its programs; empty where nothing is. */
  moved: string[];
  /** A run that does not count is shown, and decides nothing. */
  counts: boolean;
}

/** Runs between two changes, and where the metric stood meanwhile. */
export interface HistorySegment {
  from: number;
  to: number;
  level: number;
}

/** One metric over the runs of an experiment. */
export interface HistoryPicture {
  title: string;
  unit: string;
  dots: HistoryDot[];
  segments: HistorySegment[];
  /** Index of the first run after each change point. */
  changes: number[];
  /** Index of the established baseline. */
  baseline: number | null;
}

const width = 1100;
const height = 340;
const left = 70;
const right = 24;
const top = 26;
const bottom = 44;

/** A figure in its unit; the ratio to the baseline is told as a change. */
const words = (value: number, unit: string): string =>
  unit === 'ratio' ? change(value) : quantity(value, unit);

/** A dot and its interval per run, the level between change points as a step; nothing is joined across another machine. */
export function History({
  title,
  unit,
  dots,
  segments,
  changes,
  baseline,
}: HistoryPicture): ReactElement | null {
  const bounds = dots
    .flatMap(({ value, low, high }) => [value, low ?? value, high ?? value])
    .filter((v) => v > 0);
  if (bounds.length === 0) return null;
  const room = Math.max(1.02, (Math.max(...bounds) / Math.min(...bounds)) ** 0.08);
  const [least, most] = [Math.min(...bounds) / room, Math.max(...bounds) * room];
  const y = (value: number) =>
    top + (1 - Math.log(Math.max(value, least) / least) / Math.log(most / least)) * (height - top - bottom);
  const x = (index: number) => left + ((index + 0.5) / dots.length) * (width - left - right);
  const between = (index: number) => (x(index) + x(index - 1)) / 2;
  const marked = baseline === null ? undefined : dots[baseline];
  const summary = `${title} in ${dots.length} runs: ${dots.map(({ date, value }) => `${date} ${words(value, unit)}`).join(', ')}.`;
  return h(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, className: 'chart-history', 'aria-label': summary },
    h('title', null, summary),
    ticksWithin(least, most).map((tick) =>
      h(
        'g',
        { key: tick },
        line([left, width - right], [y(tick), y(tick)], 'grid'),
        h(
          'text',
          { x: left - 8, y: y(tick) + 4, textAnchor: 'end', className: 'chart-history-text' },
          words(tick, unit),
        ),
      ),
    ),
    marked ? line([left, width - right], [y(marked.value), y(marked.value)], 'baseline') : null,
    dots.map(({ runId, moved }, index) =>
      moved.length > 0 && index > 0
        ? h(
            'g',
            { key: runId, 'data-moved': runId },
            line([between(index), between(index)], [top - 8, height - bottom], 'moved'),
            h(
              'text',
              {
                x: between(index),
                y: top - 12,
                textAnchor: 'middle',
                className: 'chart-history-moved-word',
              },
              'another environment',
            ),
          )
        : null,
    ),
    changes.map((index) =>
      h(
        'g',
        { key: index, 'data-change': index },
        line([between(index), between(index)], [top, height - bottom], 'change'),
        h(
          'text',
          { x: between(index) + 6, y: height - bottom - 6, className: 'chart-history-change-word' },
          'change',
        ),
      ),
    ),
    segments.map(({ from, to, level }) =>
      line([x(from) - (x(1) - x(0)) * 0.4, x(to) + (x(1) - x(0)) * 0.4], [y(level), y(level)], 'level', from),
    ),
    dots.map((dot, index) =>
      h(Dot, { key: dot.runId, dot, x: x(index), y, isBaseline: index === baseline, unit }),
    ),
    dateTicks(dots.length).map((index) =>
      h(
        'text',
        {
          key: index,
          x: x(index),
          y: height - bottom + 20,
          textAnchor: 'middle',
          className: 'chart-history-text',
        },
        dots[index]?.date,
      ),
    ),
  );
}

function Dot({
  dot: { runId, date, value, low, high, counts },
  x,
  y,
  isBaseline,
  unit,
}: {
  dot: HistoryDot;
  x: number;
  y: (value: number) => number;
  isBaseline: boolean;
  unit: string;
}): ReactElement {
  return h(
    'a',
    { href: `/runs/${runId}`, 'aria-label': `${runId}, ${date}: ${words(value, unit)}` },
    low !== null && high !== null ? line([x, x], [y(high), y(low)], 'interval') : null,
    isBaseline ? h('circle', { cx: x, cy: y(value), r: 10, className: 'chart-history-ring' }) : null,
    h('circle', {
      cx: x,
      cy: y(value),
      r: 5.5,
      className: counts ? 'chart-history-dot' : 'chart-history-hollow',
    }),
  );
}

function line(
  [x1, x2]: [number, number],
  [y1, y2]: [number, number],
  part: string,
  key?: number,
): ReactElement {
  return h('line', { key, x1, x2, y1, y2, className: `chart-history-${part}` });
}

/** As many dates as have room. */
function dateTicks(runs: number): number[] {
  const step = Math.max(1, Math.ceil(runs / 8));
  return Array.from({ length: Math.ceil(runs / step) }, (_, index) => index * step);
}
