import { normalQuantile } from './normal.ts';

export interface Proportion {
  /** Cases, for example failed requests. */
  cases: number;
  of: number;
}

/** Wilson's score interval (JASA 22, 1927) without continuity correction; honest at 0 of n. */
export function wilson(
  { cases, of }: Proportion,
  level: number,
): { estimate: number; low: number; high: number } {
  const z = normalQuantile(1 - (1 - level) / 2);
  const estimate = cases / of;
  const centre = (estimate + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const reach =
    (z / (1 + (z * z) / of)) * Math.sqrt((estimate * (1 - estimate)) / of + (z * z) / (4 * of * of));
  return {
    estimate,
    low: cases === 0 ? 0 : centre - reach,
    high: cases === of ? 1 : centre + reach,
  };
}

/** Difference first - second with Newcombe's hybrid score interval (Stat. Med. 17, 1998, method 10). */
export function newcombeDifference(
  first: Proportion,
  second: Proportion,
  level: number,
): { estimate: number; low: number; high: number } {
  const a = wilson(first, level);
  const b = wilson(second, level);
  const estimate = a.estimate - b.estimate;
  return {
    estimate,
    low: estimate - Math.hypot(a.estimate - a.low, b.high - b.estimate),
    high: estimate + Math.hypot(a.high - a.estimate, b.estimate - b.low),
  };
}
