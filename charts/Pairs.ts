import type { MetricResult } from '@dyno/contracts/report';
import { change, quantity } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { ticksWithin } from './scale.ts';

const width = 520;
const height = 300;
const top = 14;
const bottom = 30;
const plotHeight = height - top - bottom;

/** A line per block from before to after, and beside it the ratio of each block with the interval of all: paired, not two bars. */
export function Pairs({
  metric,
  names,
}: {
  metric: Pick<MetricResult, 'title' | 'unit' | 'pairs' | 'ratio'>;
  names: { baseline: string; candidate: string };
}): ReactElement | null {
  const pairs = metric.pairs.filter((pair) => pair.baseline > 0 && pair.candidate > 0);
  if (pairs.length === 0) return null;
  const summary = `${metric.title} in each of ${pairs.length} blocks: ${pairs
    .map((pair) => `block ${pair.block} ${change(pair.candidate / pair.baseline)}`)
    .join(', ')}.`;
  return h(
    'svg',
    {
      viewBox: `-18 0 ${width + 40} ${height}`,
      className: 'chart-pairs',
      role: 'img',
      'aria-label': summary,
    },
    h('title', null, summary),
    beforeAfterPanel(pairs, metric.unit, names),
    ratioPanel(pairs, metric.ratio),
  );
}

function beforeAfterPanel(
  pairs: MetricResult['pairs'],
  unit: string,
  names: { baseline: string; candidate: string },
): ReactElement {
  const values = pairs.flatMap((pair) => [pair.baseline, pair.candidate]);
  const room = Math.max(1.02, (Math.max(...values) / Math.min(...values)) ** 0.12);
  const [least, most] = [Math.min(...values) / room, Math.max(...values) * room];
  const y = logPlace(least, most);
  return h(
    'g',
    null,
    ticksWithin(least, most).map((tick) =>
      h(
        'g',
        { key: tick },
        h('line', { x1: 56, x2: 270, y1: y(tick), y2: y(tick), className: 'chart-pairs-grid' }),
        h(
          'text',
          { x: 50, y: y(tick) + 4, textAnchor: 'end', className: 'chart-pairs-text' },
          quantity(tick, unit),
        ),
      ),
    ),
    pairs.map((pair) =>
      h(
        'g',
        { key: pair.block },
        h('line', {
          x1: 100,
          x2: 226,
          y1: y(pair.baseline),
          y2: y(pair.candidate),
          className: 'chart-pairs-pair',
        }),
        h('circle', { cx: 100, cy: y(pair.baseline), r: 4, className: 'chart-pairs-baseline' }),
        h('circle', { cx: 226, cy: y(pair.candidate), r: 4, className: 'chart-pairs-candidate' }),
      ),
    ),
    (['baseline', 'candidate'] as const).map((side) =>
      h(
        'text',
        {
          key: side,
          x: side === 'baseline' ? 100 : 226,
          y: height - 8,
          textAnchor: 'middle',
          className: 'chart-pairs-name',
        },
        short(names[side]),
      ),
    ),
  );
}

function ratioPanel(pairs: MetricResult['pairs'], interval: MetricResult['ratio']): ReactElement {
  const ratios = pairs.map((pair) => ({ block: pair.block, ratio: pair.candidate / pair.baseline }));
  const bounds = [
    ...ratios.map(({ ratio }) => ratio),
    ...(interval ? [interval.low, interval.high] : []),
  ].filter((value) => value > 0);
  const spread = Math.max(1.02, (Math.max(...bounds) / Math.min(...bounds)) ** 0.25);
  const y = logPlace(Math.min(...bounds) / spread, Math.max(...bounds) * spread);
  return h(
    'g',
    null,
    h('line', { x1: 318, x2: 318, y1: top, y2: height - bottom, className: 'chart-pairs-axis' }),
    interval && interval.low > 0 ? intervalOfAll(interval, y) : null,
    ratios.map(({ block, ratio }, index) =>
      h('circle', {
        key: block,
        cx: 336 + ((index + 0.5) * 96) / pairs.length,
        cy: y(ratio),
        r: 4,
        className: 'chart-pairs-candidate',
      }),
    ),
    h(
      'text',
      { x: 384, y: height - 8, textAnchor: 'middle', className: 'chart-pairs-text' },
      'ratio of each block',
    ),
  );
}

function intervalOfAll(
  interval: { estimate: number; low: number; high: number },
  y: (ratio: number) => number,
): ReactElement {
  const middle = y(interval.estimate);
  return h(
    'g',
    null,
    h('rect', {
      x: 318,
      width: 132,
      y: y(interval.high),
      height: Math.max(1, y(interval.low) - y(interval.high)),
      className: 'chart-pairs-band',
    }),
    h('line', { x1: 318, x2: 450, y1: middle, y2: middle, className: 'chart-pairs-estimate' }),
    labels(interval, y).map(({ text, at, strong }) =>
      h(
        'text',
        { key: text, x: 456, y: at + 4, className: strong ? 'chart-pairs-strong' : 'chart-pairs-text' },
        text,
      ),
    ),
  );
}

/** Estimate and bounds beside their lines; bounds leave where they would lie on the estimate. */
function labels(interval: { estimate: number; low: number; high: number }, place: (ratio: number) => number) {
  const middle = place(interval.estimate);
  const found = [{ text: change(interval.estimate), at: middle, strong: true }];
  for (const bound of [interval.low, interval.high])
    if (Math.abs(place(bound) - middle) > 15)
      found.push({ text: change(bound), at: place(bound), strong: false });
  return found;
}

/** To a tenth: finer digits differ between the server's logarithm and a browser's. */
function logPlace(least: number, most: number): (value: number) => number {
  return (value) => tenths(top + plotHeight * (1 - Math.log(value / least) / Math.log(most / least)));
}

const tenths = (value: number): number => Math.round(value * 10) / 10;

const short = (name: string): string => (name.length > 18 ? `${name.slice(0, 17)}…` : name);
