import { normalCdf, normalQuantile } from './normal.ts';

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

/** Two-sided p of no difference: the score test with the pooled share. */
export function differenceP(first: Proportion, second: Proportion): number {
  const pooled = (first.cases + second.cases) / (first.of + second.of);
  const variance = pooled * (1 - pooled) * (1 / first.of + 1 / second.of);
  if (variance === 0) return 1;
  const z = Math.abs(first.cases / first.of - second.cases / second.of) / Math.sqrt(variance);
  return 2 * normalCdf(-z);
}

/**
 * How much more the shares of one group's rounds scatter than single requests would: Pearson's X² over its degrees of
 * freedom, at least 1 (McCullagh and Nelder 1989, 4.5). Failures come in bursts: a hundred in one round are one event, not a hundred.
 */
export function overdispersion(groups: readonly (readonly Proportion[])[]): number {
  let squares = 0;
  let freedom = 0;
  for (const rounds of groups) {
    const all = together(rounds);
    const share = all.cases / all.of;
    // Nothing can scatter there, so that it says nothing of bursts either.
    if (share === 0 || share === 1) continue;
    freedom += rounds.length - 1;
    for (const { cases, of } of rounds) squares += (cases - of * share) ** 2 / (of * share * (1 - share));
  }
  return freedom === 0 ? 1 : Math.max(1, squares / freedom);
}

export function together(rounds: readonly Proportion[]): Proportion {
  return {
    cases: rounds.reduce((sum, { cases }) => sum + cases, 0),
    of: rounds.reduce((sum, { of }) => sum + of, 0),
  };
}
