import { stoppingConstants } from './stoppingConstants.ts';

/** With fewer blocks a trimmed t has next to no power at the small alpha of a look. */
export const firstLook = 4;

interface Range {
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

export function stoppingConstant(first: number, last: number): number {
  const constant = stoppingConstants[first]?.[last];
  if (constant === undefined) throw new RangeError(`no stopping constant for looks from ${first} to ${last}`);
  return constant;
}

const overallAlpha = 0.05;
