import type { AblationMetric, AblationRatio, SwitchWorth } from '@dyno/contracts/ablation';
import { change, changeInterval, quantity } from '@dyno/lab/format';
import { createElement as h, type ReactElement } from 'react';
import { ratioTicksWithin } from './scale.ts';

/** One line of the picture; ratios are against everything off, on the logarithmic axis. */
interface Step {
  name: string;
  kind: 'off' | 'helps' | 'hurts' | 'unsure' | 'product' | 'whole';
  from: number;
  at: number;
  low: number;
  high: number;
  /** The factor of this step in words. */
  text: string;
  detail: string;
}

/** Room at both ends, in percent, so that a dot at the edge is whole. */
const padding = 2;

/**
 * From everything off to everything on, a step for each switch: where it begins, where it ends, and how far its end may
 * be off. Below it what the steps make together, and what was measured. Equal factors are equally long.
 */
export function Waterfall({ metric }: { metric: AblationMetric }): ReactElement {
  const steps = stepsOf(metric);
  const bounds = steps.flatMap(({ from, at, low, high }) => [from, at, low, high]);
  const least = Math.min(...bounds);
  const most = Math.max(...bounds);
  const span = Math.log(most / least) || 1;
  const place = (ratio: number) => padding + (Math.log(ratio / least) / span) * (100 - 2 * padding);
  const ticks = ratioTicksWithin(least, most).map(({ ratio, label }) => ({ at: place(ratio), label }));
  return h(
    'div',
    { className: 'chart-waterfall' },
    h(
      'div',
      { className: 'chart-waterfall-row', 'aria-hidden': true },
      h(
        'svg',
        { className: 'chart-waterfall-axis' },
        ticks.map(({ at, label }) =>
          h(
            'text',
            { key: label, x: `${at}%`, y: 12, textAnchor: 'middle', className: 'chart-lane-tick' },
            label,
          ),
        ),
      ),
    ),
    h(
      'ul',
      { className: 'chart-waterfall-steps' },
      steps.map((step) => row(step, place, ticks)),
    ),
  );
}

function row(step: Step, place: (ratio: number) => number, ticks: readonly { at: number; label: string }[]) {
  return h(
    'li',
    { key: `${step.kind} ${step.name}`, className: 'chart-waterfall-row', 'data-kind': step.kind },
    h('span', { className: 'chart-waterfall-name' }, step.name),
    lane(step, place, ticks),
    h('span', { className: 'chart-waterfall-value' }, step.text),
    h('span', { className: 'visually-hidden' }, step.detail),
  );
}

function lane(
  { from, at, low, high, detail }: Step,
  place: (ratio: number) => number,
  ticks: readonly { at: number; label: string }[],
) {
  const level = (part: string, a: number, b: number) =>
    h('line', {
      key: part,
      x1: `${place(a)}%`,
      x2: `${place(b)}%`,
      y1: '50%',
      y2: '50%',
      className: `chart-waterfall-${part}`,
    });
  const upright = (part: string, x: number, y1: string, y2: string, key: string) =>
    h('line', { key, x1: `${x}%`, x2: `${x}%`, y1, y2, className: `chart-waterfall-${part}` });
  return h(
    'svg',
    { className: 'chart-waterfall-lane', 'aria-hidden': true },
    h('title', null, detail),
    ticks.map((tick) => upright('grid', tick.at, '0', '100%', tick.label)),
    upright('start', place(from), '0', '50%', 'start'),
    from === at ? null : level('step', from, at),
    low === high
      ? null
      : [
          level('interval', low, high),
          ...[low, high].map((end) => upright('whisker', place(end), '28%', '72%', `${end}`)),
        ],
    h('circle', { cx: `${place(at)}%`, cy: '50%', r: 5, className: 'chart-waterfall-dot' }),
  );
}

function stepsOf({ switches, product, whole, baseline, optimized, unit }: AblationMetric): Step[] {
  let before = 1;
  const ofSwitches = switches.map((one): Step => {
    const from = before;
    before *= one.worth.estimate;
    const { low, high } = one.worth;
    return {
      name: one.name,
      kind: kindOf(one),
      from,
      at: before,
      low: from * low,
      high: from * high,
      text: `${change(one.worth.estimate)}${one.verdict === 'regressed' ? ', hurts' : ''}`,
      detail: one.sentence,
    };
  });
  const last = (name: string, kind: Step['kind'], ratio: AblationRatio, text: string): Step => ({
    name,
    kind,
    from: 1,
    at: ratio.estimate,
    low: ratio.low,
    high: ratio.high,
    text,
    detail: `${name}: ${change(ratio.estimate)}, ${changeInterval(ratio.low, ratio.high)}`,
  });
  const nothing = quantity(baseline, unit);
  return [
    { name: 'everything off', kind: 'off', from: 1, at: 1, low: 1, high: 1, text: nothing, detail: nothing },
    ...ofSwitches,
    last('all steps together', 'product', product, change(product.estimate)),
    last(
      'everything on, measured',
      'whole',
      whole,
      `${change(whole.estimate)}, ${quantity(optimized, unit)}`,
    ),
  ];
}

function kindOf({ verdict }: SwitchWorth): Step['kind'] {
  if (verdict === 'regressed') return 'hurts';
  return verdict === 'improved' ? 'helps' : 'unsure';
}
