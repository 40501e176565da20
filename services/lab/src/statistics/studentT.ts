import { regularizedIncompleteBeta } from './beta.ts';

/** Student's t distribution function; `df` need not be whole. */
export function tCdf(t: number, df: number): number {
  const tail = tUpperTail(Math.abs(t), df);
  return t > 0 ? 1 - tail : tail;
}

/** P(|T| >= |t|). */
export function tTwoSidedP(t: number, df: number): number {
  return Math.min(1, 2 * tUpperTail(Math.abs(t), df));
}

/** Inverse of `tCdf`: brackets by doubling, then bisection; works on the tail, so that p close to 1 loses nothing but the rounding of 1 - p. */
export function tQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : Number.NaN;
  if (p === 0.5) return 0;
  return p < 0.5 ? -knownQuantile(p, df) : knownQuantile(1 - p, df);
}

/** The looks of a run ask for the same few again and again. */
const known = new Map<string, number>();
const knownMax = 1000;

function knownQuantile(tail: number, df: number): number {
  const key = `${tail} ${df}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const quantile = upperQuantile(tail, df);
  if (known.size < knownMax) known.set(key, quantile);
  return quantile;
}

/** t with upper tail probability `tail`, for tail < 1/2. */
function upperQuantile(tail: number, df: number): number {
  let low = 0;
  let high = 1;
  while (tUpperTail(high, df) > tail) {
    low = high;
    high *= 2;
  }
  for (let step = 0; step < 200 && high - low > high * 1e-15; step++) {
    const middle = (low + high) / 2;
    if (tUpperTail(middle, df) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function tUpperTail(t: number, df: number): number {
  return 0.5 * regularizedIncompleteBeta(df / (df + t * t), df / 2, 0.5);
}
