import { LRUCache } from 'lru-cache';
import { absenceTtlMs } from '../cache/absence.ts';
import type { Change, Changes } from '../cache/changes.ts';
import { Flights } from '../cache/flights.ts';
import { reportLookup } from '../cache/lookups.ts';
import type { Load, Representation, RepresentationCache } from '../cache/representation.ts';
import type { Optimization } from './optimization.ts';

export const memoryCache = {
  name: 'memory-cache',
  group: 'caching',
  title: 'Memory cache',
  does: 'Keeps finished answers in the process (lru-cache): a hit is one look-up and no query. A changed product removes the answers that show it; other processes learn of it through Redis, or at the latest when the time to live ends.',
  where: ['GET /products', 'GET /products/:id', 'GET /products/:id/related'],
  evidence: [
    { what: 'database queries', moves: 'down' },
    { what: 'hits of the memory cache', moves: 'up' },
    { what: 'CPU time of the service', moves: 'down' },
  ],
  risks: [
    'Each process holds its own copy; without Redis the others do not learn of a change before its time to live.',
  ],
} as const satisfies Optimization;

const maxBytes = 64 * 1024 * 1024;

export class MemoryCache implements RepresentationCache {
  readonly #held: LRUCache<string, Representation>;
  readonly #flights = new Flights();
  readonly #ttlMs: number;
  readonly #random: () => number;

  constructor(options: { ttlMs: number; random: () => number; changes: Changes }) {
    this.#ttlMs = options.ttlMs;
    this.#random = options.random;
    this.#held = new LRUCache({
      maxSize: maxBytes,
      // It looks at the clock that often; at each millisecond, which is its own choice, it sets a timer for each.
      ttlResolution: 20,
      sizeCalculation: (representation, key) => representation.body.length + key.length + 1000,
    });
    options.changes.subscribe((change) => {
      this.#flights.change(change);
      this.#forget(change);
      return true;
    });
  }

  #forget(change: Change): void {
    if (change.kind === 'everything') {
      this.#held.clear();
      return;
    }
    const changed = new Set(change.tags);
    for (const [key, { tags }] of this.#held.entries()) {
      if (tags.some((tag) => changed.has(tag))) this.#held.delete(key);
    }
  }

  /** What is held at this moment, by key. */
  entries(): Iterable<[string, Representation]> {
    return this.#held.entries();
  }

  get(key: string, load: Load): Promise<Representation> | Representation {
    const held = this.#held.get(key);
    reportLookup('memory', held !== undefined);
    if (held !== undefined) return held;
    return this.#flights.join(key, async (changes) => {
      const loaded = await load();
      if (!changes.touch(loaded)) {
        const ttlMs = loaded.absent === undefined ? this.#ttlMs : Math.min(absenceTtlMs, this.#ttlMs);
        // Answers that were loaded together shall not end together.
        this.#held.set(key, loaded, { ttl: Math.ceil(ttlMs * (0.9 + 0.1 * this.#random())) });
      }
      return loaded;
    });
  }
}
