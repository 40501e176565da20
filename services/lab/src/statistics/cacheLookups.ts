import type { Report } from '@dyno/contracts/report';
import type { Round } from '@dyno/contracts/run';

type Hits = { hits: number; misses: number };

/** Look-ups of both variants, cache by cache, over the rounds that count; nothing where nobody counted. */
export function cachesOf(
  rounds: readonly Round[],
  names: { baseline: string; candidate: string },
): Pick<Report, 'caches'> {
  const baseline = sumsOf(rounds, names.baseline);
  const candidate = sumsOf(rounds, names.candidate);
  const caches = [...new Set([...baseline.keys(), ...candidate.keys()])].sort();
  if (caches.length === 0) return {};
  return {
    caches: caches.map((cache) => ({
      cache,
      baseline: baseline.get(cache) ?? null,
      candidate: candidate.get(cache) ?? null,
    })),
  };
}

function sumsOf(rounds: readonly Round[], variant: string): Map<string, Hits> {
  const sums = new Map<string, Hits>();
  for (const round of rounds.filter((one) => one.variant === variant)) {
    for (const { cache, hits, misses } of round.caches ?? []) {
      const before = sums.get(cache) ?? { hits: 0, misses: 0 };
      sums.set(cache, { hits: before.hits + hits, misses: before.misses + misses });
    }
  }
  return sums;
}
