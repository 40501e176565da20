import { LRUCache } from 'lru-cache';

const maxBytes = 16 * 1024 * 1024;

/**
 * A store outside of the process gives other objects each time. The last one of each key is kept here, and given in place of
 * equal bytes: what was made of it (its compressed forms) is then made once. Equal by comparison, so it is never an older answer.
 * A copy, because what a driver hands out is often a part of something larger.
 */
export class SameBodies {
  readonly #known = new LRUCache<string, Buffer>({
    maxSize: maxBytes,
    sizeCalculation: (body, key) => body.length + key.length + 200,
  });

  of(key: string, body: Buffer): Buffer {
    const known = this.#known.get(key);
    if (known?.equals(body)) return known;
    const kept = Buffer.from(body);
    this.#known.set(key, kept);
    return kept;
  }
}
