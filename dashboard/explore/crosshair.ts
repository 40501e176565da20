/** Where a reader points at, in the units of the axis, and what is being marked for a zoom. */
export interface Pointed {
  readonly x: number | null;
  readonly from: number | null;
}

/** One cross-hair for all charts on one axis. Outside of React's state, so that a move draws lines again and no chart. */
export class Crosshair {
  #pointed: Pointed = { x: null, from: null };
  readonly #listeners = new Set<() => void>();

  readonly get = (): Pointed => this.#pointed;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  point(x: number | null, from: number | null = null): void {
    if (x === this.#pointed.x && from === this.#pointed.from) return;
    this.#pointed = { x, from };
    for (const listener of this.#listeners) listener();
  }
}

/** Index of the place that is nearest; -1 where there is none. The places are in order. */
export function nearest(places: readonly number[], x: number): number {
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  const before = places[low - 1];
  const at = places[low];
  if (at === undefined) return -1;
  return before !== undefined && x - before < at - x ? low - 1 : low;
}
