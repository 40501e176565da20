import type { Change } from './changes.ts';
import type { Representation } from './representation.ts';

/** What changed while an answer was being loaded. */
export class ChangesSince {
  readonly #tags = new Set<string>();
  #everything = false;

  add(change: Change): void {
    if (change.kind === 'everything') this.#everything = true;
    else for (const tag of change.tags) this.#tags.add(tag);
  }

  touch(representation: Representation): boolean {
    return this.#everything || representation.tags.some((tag) => this.#tags.has(tag));
  }
}

interface Flight {
  result: Promise<Representation>;
  changes: ChangesSince;
}

/** One load per key at a time; whoever asks meanwhile waits for it. */
export class Flights {
  readonly #flights = new Map<string, Flight>();
  /** Started before a change: nobody may join them any more, but they must still learn of later changes. */
  readonly #landing = new Set<Flight>();

  join(key: string, load: (changes: ChangesSince) => Promise<Representation>): Promise<Representation> {
    const under = this.#flights.get(key);
    if (under !== undefined) return under.result;
    const changes = new ChangesSince();
    const flight: Flight = { changes, result: load(changes) };
    this.#flights.set(key, flight);
    const land = () => {
      this.#landing.delete(flight);
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(land, land);
    return flight.result;
  }

  change(change: Change): void {
    for (const flight of this.#flights.values()) this.#landing.add(flight);
    this.#flights.clear();
    for (const flight of this.#landing) flight.changes.add(change);
  }
}
