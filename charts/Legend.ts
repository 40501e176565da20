import { createElement as h, type ReactElement } from 'react';
import { VariantLabel } from './VariantLabel.ts';

/** Which line is which; `parts` are the lightness steps of both hues, in the order in which they are stacked. */
export function Legend({
  names,
  parts = [],
}: {
  names: { baseline: string; candidate: string };
  parts?: readonly string[];
}): ReactElement {
  const sides = ['baseline', 'candidate'] as const;
  return h(
    'ul',
    { className: 'chart-legend' },
    sides.map((side) => h('li', { key: side }, h(VariantLabel, { side, name: names[side] }))),
    parts.map((part, index) =>
      h(
        'li',
        { key: part, className: 'chart-legend-part' },
        sides.map((side) =>
          h('i', { key: side, 'data-side': side, style: { background: partColour(side, index) } }),
        ),
        part,
      ),
    ),
  );
}

/** Five steps are told apart; what comes behind the fifth looks like it. */
export const partColour = (side: 'baseline' | 'candidate', index: number): string =>
  `var(--${side}-${Math.min(index + 1, 5)})`;
