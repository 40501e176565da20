import { createElement as h, type ReactElement } from 'react';

/** A variant's name with its line: dashed and hollow before, solid and filled after. */
export function VariantLabel({ side, name }: { side: 'baseline' | 'candidate'; name: string }): ReactElement {
  const isBaseline = side === 'baseline';
  const colour = `var(--${side})`;
  return h(
    'span',
    { className: 'chart-variant' },
    h(
      'svg',
      { width: 26, height: 10, viewBox: '0 0 26 10', 'aria-hidden': true },
      h('line', {
        x1: 0,
        x2: 26,
        y1: 5,
        y2: 5,
        stroke: colour,
        strokeWidth: isBaseline ? 2 : 2.5,
        strokeDasharray: isBaseline ? '5 3' : undefined,
      }),
      h('circle', {
        cx: 13,
        cy: 5,
        r: 3.5,
        stroke: colour,
        strokeWidth: 2,
        fill: isBaseline ? 'var(--card)' : colour,
      }),
    ),
    name,
  );
}
