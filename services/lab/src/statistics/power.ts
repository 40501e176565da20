import { logGamma } from './beta.ts';
import { normalCdf } from './normal.ts';
import { tQuantile } from './studentT.ts';

/** Chance that a two-sided t test at `alpha` sees a true mean of `shift` standard errors: two tails of the noncentral t. */
export function tPower(shift: number, df: number, alpha: number): number {
  const critical = tQuantile(1 - alpha / 2, df);
  return 1 - noncentralTCdf(critical, df, shift) + noncentralTCdf(-critical, df, shift);
}

/** Power of the paired t test with n pairs, for an effect given in standard deviations of a pair. */
export function pairedTPower(n: number, effectOverSd: number, alpha: number): number {
  return tPower(effectOverSd * Math.sqrt(n), n - 1, alpha);
}

/** The smallest true effect that a test with this standard error sees in `power` of the runs; in the unit of `standardError`. */
export function minimumDetectableEffect(
  { standardError, df, alpha }: { standardError: number; df: number; alpha: number },
  power = 0.8,
): number {
  return standardError * increasingRoot((shift) => tPower(shift, df, alpha) - power, 1);
}

/** Pairs (not rounded) that see an effect of that many standard deviations in `power` of the runs. */
export function pairsNeeded(effectOverSd: number, alpha = 0.05, power = 0.8): number {
  return 2 + increasingRoot((more) => pairedTPower(2 + more, effectOverSd, alpha) - power, 1);
}

/**
 * Whole pairs by N = ((t_{1 - alpha / 2} + t_power) s / delta)², the rule of thumb that is solved by hand (t with N - 1
 * degrees of freedom, so N stands on both sides). `effectOverSd` is delta / s.
 */
export function pairsByRule(effectOverSd: number, alpha = 0.05, power = 0.8): number {
  let n = 2;
  const needed = (pairs: number) =>
    ((tQuantile(1 - alpha / 2, pairs - 1) + tQuantile(power, pairs - 1)) / effectOverSd) ** 2;
  // Falls as n grows: the first n that is enough, by doubling and then bisection.
  while (needed(n) > n && n < 1e9) n *= 2;
  let tooFew = n / 2;
  while (n - tooFew > 1) {
    const middle = Math.floor((n + tooFew) / 2);
    if (needed(middle) > middle) tooFew = middle;
    else n = middle;
  }
  return Math.max(2, n);
}

/** P(T <= t) = E Φ(t s - shift) over s = sqrt(χ²(df) / df), by Simpson's rule over the body of s. */
function noncentralTCdf(t: number, df: number, shift: number): number {
  const spread = 1 / Math.sqrt(2 * df);
  const from = Math.max(0, 1 - 12 * spread);
  const to = 1 + 14 * spread;
  const steps = 800;
  const width = (to - from) / steps;
  const logConstant = Math.LN2 + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  let sum = 0;
  for (let step = 0; step <= steps; step++) {
    const s = from + step * width;
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2;
    sum += weight * density(s, df, logConstant) * normalCdf(t * s - shift);
  }
  return (sum * width) / 3;
}

function density(s: number, df: number, logConstant: number): number {
  if (s === 0) return df === 1 ? Math.exp(logConstant) : 0;
  return Math.exp(logConstant + (df - 1) * Math.log(s) - (df * s * s) / 2);
}

/** Root of a function that rises from below 0 at x = 0: brackets by doubling, then false position (the Illinois way, which halves the weight of an end that stays). */
function increasingRoot(f: (x: number) => number, start: number): number {
  let low = { x: 0, y: f(0) };
  let high = { x: start, y: f(start) };
  while (high.y < 0 && high.x < 1e6) {
    low = high;
    high = { x: high.x * 2, y: f(high.x * 2) };
  }
  let stayed: 'low' | 'high' | null = null;
  for (let step = 0; step < 100 && high.x - low.x > high.x * 1e-12; step++) {
    const x = (low.x * high.y - high.x * low.y) / (high.y - low.y);
    const y = f(x);
    if (Math.abs(y) < 1e-13) return x;
    if (y < 0) {
      low = { x, y };
      if (stayed === 'high') high = { ...high, y: high.y / 2 };
      stayed = 'high';
    } else {
      high = { x, y };
      if (stayed === 'low') low = { ...low, y: low.y / 2 };
      stayed = 'low';
    }
  }
  return (low.x + high.x) / 2;
}
