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
    .map((points) => stroke(points, height))
    .join('');
}

/** The area between two lines over the same x. */
export function bandPath(
  stretches: readonly (readonly { x: number; low: number; high: number }[])[],
  height: number,
): string {
  return stretches
    .map((points) => {
      const upper = points.map(({ x, high }) => ({ x, y: high }));
      const lower = points.map(({ x, low }) => ({ x, y: low }));
      return `${stroke([...upper, ...lower.toReversed()], height)}Z`;
    })
    .join('');
}

/** The area between a line and 0. */
export function areaPath(stretches: readonly (readonly Place[])[], height: number): string {
  return stretches
    .filter((points) => points.length > 0)
    .map((points) => `${stroke(points, height)}V${height}H${short((points[0]?.x ?? 0) * dataWidth)}Z`)
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

/** Each point but the first as a step from the one before, in whole tenths of a pixel: half the bytes, and no step adds an error. */
function stroke(points: readonly Place[], height: number): string {
  const [first, ...rest] = points.map(
    ({ x, y }) => [tenths(x * dataWidth), tenths((1 - y) * height)] as const,
  );
  if (!first) return '';
  let [lastX, lastY] = first;
  const steps = rest.map(([x, y]) => {
    const step = joined(x - lastX, y - lastY);
    [lastX, lastY] = [x, y];
    return step;
  });
  return `M${joined(...first)}${steps.length > 0 ? 'l' : ''}${steps.reduce(withSpace, '')}`;
}

const tenths = (value: number): number => Math.round(value * 10);

const joined = (x: number, y: number): string => withSpace(String(x / 10), String(y / 10));

/** A minus separates two numbers as well. */
const withSpace = (before: string, next: string): string =>
  before === '' || next.startsWith('-') ? `${before}${next}` : `${before} ${next}`;
