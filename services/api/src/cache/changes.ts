/** Tags whose representations are old: changed by this process or heard from another; or everything, because nobody knows. */
export type Change =
  | { kind: 'changed-here'; tags: readonly string[] }
  | { kind: 'changed-elsewhere'; tags: readonly string[] }
  | { kind: 'everything' };

/** False where somebody must hear of it and could not be told. */
type Listener = (change: Change) => Promise<boolean> | boolean;

/**
 * Tells the caches that products changed. Listeners are called in the order in which they subscribed, each awaited:
 * the shared cache forgets first, so that the cache in front of it cannot fetch the old answer from there again.
 */
export class Changes {
  readonly #listeners: Listener[] = [];

  subscribe(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** True when everybody has been told. */
  async publish(change: Change): Promise<boolean> {
    let told = true;
    for (const listener of this.#listeners) told = (await listener(change)) && told;
    return told;
  }
}
