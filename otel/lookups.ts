import type { CacheCounts } from './names.ts';

/** How the look-ups of this process ended, by cache: what it says of itself when it ends. */
export class Lookups {
  readonly #byCache = new Map<string, { hits: number; misses: number }>();

  /** Kept by the caller, who counts. */
  of(cache: string): { hits: number; misses: number } {
    const counts = this.#byCache.get(cache) ?? { hits: 0, misses: 0 };
    this.#byCache.set(cache, counts);
    return counts;
  }

  all(): CacheCounts[] {
    return [...this.#byCache].map(([cache, counts]) => ({ cache, ...counts }));
  }
}
