/** Tags whose representations are old: changed by this process or heard from another; or everything, because nobody knows. */
export type Change =
  | { kind: 'changed-here'; tags: readonly string[] }
  | { kind: 'changed-elsewhere'; tags: readonly string[] }
  | { kind: 'everything' };

type Listener = (change: Change) => Promise<void> | void;

/**
 * Tells the caches that products changed. Listeners are called in the order in which they subscribed, each awaited:
 * the shared cache forgets first, so that the cache in front of it cannot fetch the old answer from there again.
 */
export class Changes {
  readonly #listeners: Listener[] = [];

  subscribe(listener: Listener): void {
    this.#listeners.push(listener);
  }

  async publish(change: Change): Promise<void> {
    for (const listener of this.#listeners) await listener(change);
  }
}
