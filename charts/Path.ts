import type { MetricResult } from '@dyno/contracts/report';
import { change, changeInterval, plural } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { ratioTicksWithin } from './scale.ts';

interface Band {
  low: number;
  high: number;
}

/** Beyond so many widths of the last interval the first looks only squeeze the rest: they leave the picture, marked. */
const widthsMax = 6;

/** The interval after each look, block by block: how it narrowed until the run could stop. Drawn on the server. */
export function Path({
  metric,
  blocksMax,
  margin,
  floor,
  size = 'large',
}: {
  metric: Pick<MetricResult, 'title' | 'path'>;
  blocksMax: number;
  margin: Band;
  /** The calibration's noise floor; null without one. */
  floor: Band | null;
  size?: 'large' | 'small';
}): ReactElement | null {
  const { path } = metric;
  const last = path.at(-1);
  if (!last) return null;
  const { width, height, left, right, top, bottom } = sizes[size];
  const [least, most] = domainOf(path, margin, floor);
  const x = (blocks: number) => left + ((blocks - 0.5) / blocksMax) * (width - left - right);
  const y = (ratio: number) => {
    const place = Math.log(Math.min(Math.max(ratio, least), most) / least) / Math.log(most / least);
    return top + (1 - place) * (height - top - bottom);
  };
  const summary = `${metric.title} after each look: ${path
    .map(({ blocks, low, high }) => `${plural(blocks, 'block')} ${changeInterval(Math.max(low, 1e-6), high)}`)
    .join('; ')}.`;
  const edge = width - right;
  const text = (
    props: { key?: string | number; x: number; y: number; textAnchor?: 'end' | 'middle' },
    words: string | number,
  ) => h('text', { className: 'chart-path-text', ...props }, words);
  const across = (ratio: number, part: string, key?: string | number) =>
    h('line', { key, x1: left, x2: edge, y1: y(ratio), y2: y(ratio), className: `chart-path-${part}` });
  return h(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      className: 'chart-path',
      'data-size': size,
      role: 'img',
      'aria-label': summary,
    },
    h('title', null, summary),
    h('rect', {
      x: left,
      width: edge - left,
      y: y(margin.high),
      height: Math.max(1, y(margin.low) - y(margin.high)),
      className: 'chart-path-margin',
    }),
    ratioTicksWithin(least, most, size === 'large' ? 7 : 4).map(({ ratio, label }) =>
      h(
        'g',
        { key: label },
        across(ratio, 'grid'),
        text({ x: left - 8, y: y(ratio) + 4, textAnchor: 'end' }, label),
      ),
    ),
    floor ? [floor.low, floor.high].map((ratio) => across(ratio, 'floor', ratio)) : null,
    across(1, 'none'),
    h('polyline', {
      points: path.map(({ blocks, estimate }) => `${x(blocks)},${y(estimate)}`).join(' '),
      className: 'chart-path-line',
    }),
    path.map((look) => h(Look, { key: look.blocks, look, x: x(look.blocks), y, domain: [least, most] })),
    size === 'large'
      ? h(
          'text',
          { x: x(last.blocks) + 10, y: y(last.estimate) + 4, className: 'chart-path-strong' },
          change(last.estimate),
        )
      : null,
    blockTicks(blocksMax).map((blocks) =>
      text({ key: blocks, x: x(blocks), y: height - bottom + 18, textAnchor: 'middle' }, blocks),
    ),
    size === 'large' ? text({ x: left - 8, y: height - bottom + 18, textAnchor: 'end' }, 'blocks') : null,
  );
}

function Look({
  look,
  x,
  y,
  domain: [least, most],
}: {
  look: MetricResult['path'][number];
  x: number;
  y: (ratio: number) => number;
  domain: [number, number];
}): ReactElement {
  const [top, bottom] = [y(look.high), y(look.low)];
  return h(
    'g',
    null,
    h('line', { x1: x, x2: x, y1: top, y2: bottom, className: 'chart-path-interval' }),
    endOf(x, top, look.high > most, -1),
    endOf(x, bottom, look.low < least, 1),
    h('circle', { cx: x, cy: y(look.estimate), r: 4.5, className: 'chart-path-dot' }),
  );
}

/** A whisker, or an arrow where the interval goes on outside the picture. */
function endOf(x: number, y: number, isBeyond: boolean, points: 1 | -1): ReactElement {
  if (!isBeyond) return h('line', { x1: x - 5, x2: x + 5, y1: y, y2: y, className: 'chart-path-interval' });
  return h('path', {
    d: `M${x - 6} ${y - 3 * points}L${x} ${y + 5 * points}L${x + 6} ${y - 3 * points}Z`,
    className: 'chart-path-arrow',
  });
}

export function isCut(path: MetricResult['path'], margin: Band, floor: Band | null): boolean {
  const [least, most] = domainOf(path, margin, floor);
  return path.some(({ low, high }) => low < least || high > most);
}

function domainOf(path: MetricResult['path'], margin: Band, floor: Band | null): [number, number] {
  const last = path.at(-1) ?? { estimate: 1, low: 1, high: 1 };
  const tiny = 1e-6;
  const width = Math.max(
    Math.log(last.high / Math.max(last.low, tiny)),
    Math.log(margin.high / margin.low) / 2,
    0.002,
  );
  const [floorLow, ceiling] = [
    last.estimate * Math.exp(-widthsMax * width),
    last.estimate * Math.exp(widthsMax * width),
  ];
  const lows = path.map(({ low }) => Math.max(low, floorLow, tiny));
  const highs = path.map(({ high }) => Math.min(high, ceiling));
  const least = Math.min(...lows, margin.low, floor?.low ?? 1);
  const most = Math.max(...highs, margin.high, floor?.high ?? 1);
  const room = (most / least) ** 0.04;
  return [least / room, most * room];
}

/** Every block where there is room, else every second. */
function blockTicks(blocksMax: number): number[] {
  const step = blocksMax > 12 ? 2 : 1;
  return Array.from({ length: Math.floor(blocksMax / step) }, (_, index) => (index + 1) * step);
}

const sizes = {
  large: { width: 760, height: 300, left: 64, right: 66, top: 10, bottom: 28 },
  small: { width: 360, height: 190, left: 58, right: 8, top: 8, bottom: 26 },
} as const;
