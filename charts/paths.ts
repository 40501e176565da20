import { dataWidth, short } from './plot.ts';

/** A point of a line: shares of the panel's width and height, from the lower left. */
export interface Place {
  x: number;
  y: number;
}

/** One line for each stretch; a point alone is a dot, which a round line cap makes of a line of no length. */
export function linePath(stretches: readonly (readonly Place[])[], height: number): string {
  return stretches
    .map((points) => (points.length === 1 ? [...points, ...points] : points))
    .map((points) => `M${points.map((point) => pair(point, height)).join('L')}`)
    .join('');
}

/** The area between two lines over the same x. */
export function bandPath(
  stretches: readonly (readonly { x: number; low: number; high: number }[])[],
  height: number,
): string {
  return stretches
    .map((points) => {
      const upper = points.map(({ x, high }) => pair({ x, y: high }, height));
      const lower = points.map(({ x, low }) => pair({ x, y: low }, height));
      return `M${[...upper, ...lower.toReversed()].join('L')}Z`;
    })
    .join('');
}

/** Steps from 0, as of a histogram. */
export function stepPath(bins: readonly { from: number; to: number; y: number }[], height: number): string {
  const [first] = bins;
  if (!first) return '';
  const level = (y: number): number => short((1 - y) * height);
  const steps = bins.map(({ to, y }) => `V${level(y)}H${short(to * dataWidth)}`);
  return `M${short(first.from * dataWidth)} ${level(0)}${steps.join('')}V${level(0)}`;
}

const pair = ({ x, y }: Place, height: number): string =>
  `${short(x * dataWidth)} ${short((1 - y) * height)}`;
