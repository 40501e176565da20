import { nullProbabilities, nullQuantiles } from './sequentialNull.ts';
import { stoppingConstants } from './stoppingConstants.ts';

/** With fewer blocks a trimmed t has next to no power at the small alpha of a look. */
export const firstLook = 4;

/** Of planned blocks. */
export interface Range {
  min: number;
  max: number;
}

/**
 * Two-sided alpha of the test after `n` blocks, 5 % over all looks from `min` to `max` together: alpha = c * n / max. Without
 * such a correction, looking after every block calls 20.8 % of identical pairs different. Below four blocks there are no looks and the end is tested at the plain 5 %.
 */
export function alphaAt(n: number, { min, max }: Range): number {
  if (max <= firstLook) return overallAlpha;
  return (stoppingConstant(Math.min(Math.max(min, firstLook), max), max) * Math.min(n, max)) / max;
}

/** Whether the run may stop after `n` blocks. */
export function isLook(n: number, { min, max }: Range): boolean {
  return n >= max || (n >= min && n >= firstLook);
}

/** The looks of a run that has `blocks`: every one so far, and where it ended. */
export function looksUpTo(blocks: number, range: Range): number[] {
  return Array.from({ length: blocks }, (_, index) => index + 1).filter(
    (n) => n >= 2 && (n === blocks || isLook(n, range)),
  );
}

/**
 * One p value for all looks so far: the chance that identical variants reach, at any look of the whole range, a
 * p * max / n as small as the smallest here. Below 5 % exactly where a look has crossed its alpha.
 */
export function sequentialP(looks: readonly { n: number; p: number }[], { min, max }: Range): number {
  const smallest = Math.min(1, ...looks.map(({ n, p }) => (p * max) / Math.min(n, max)));
  // One look at the end: nothing to correct.
  if (max <= firstLook) return Math.min(1, ...looks.map(({ p }) => p));
  return nullCdf(smallest, Math.min(Math.max(min, firstLook), max), max);
}

export function stoppingConstant(first: number, last: number): number {
  const constant = stoppingConstants[first]?.[last];
  if (constant === undefined) throw new RangeError(`no stopping constant for looks from ${first} to ${last}`);
  return constant;
}

const overallAlpha = 0.05;

/**
 * P(min over the looks of p * last / n <= x): straight lines through simulated points on log scales. Below the
 * first point the sum of the looks' own chances, or a line from that point to 0 where that is more.
 */
function nullCdf(x: number, first: number, last: number): number {
  const points = nullPoints(first, last);
  const above = points.findIndex((point) => point.x >= x);
  const upper = points[above];
  const lower = points[above - 1];
  if (!upper) return 1;
  if (!lower)
    return Math.min(upper.probability, x * Math.max(sumOfShares(first, last), upper.probability / upper.x));
  const share = Math.log(x / lower.x) / Math.log(upper.x / lower.x);
  return lower.probability * (upper.probability / lower.probability) ** share;
}

function nullPoints(first: number, last: number): { x: number; probability: number }[] {
  const quantiles = nullQuantiles[first]?.[last] ?? [];
  return [
    ...quantiles.map((x, index) => ({ x, probability: nullProbabilities[index] ?? 1 })),
    // What decides a look and its p value must be the same number.
    { x: stoppingConstant(first, last), probability: overallAlpha },
    { x: Math.max(1, last / first), probability: 1 },
  ].sort((a, b) => a.probability - b.probability);
}

function sumOfShares(first: number, last: number): number {
  let sum = 0;
  for (let n = first; n <= last; n += 1) sum += n / last;
  return sum;
}
