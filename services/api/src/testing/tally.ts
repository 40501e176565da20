/** Counts what happens, for those who wait until it has happened often enough. */
export class Tally {
  #count = 0;
  #waiting: { from: number; done: () => void }[] = [];

  get count(): number {
    return this.#count;
  }

  add(): void {
    this.#count += 1;
    for (const { from, done } of this.#waiting) if (this.#count >= from) done();
    this.#waiting = this.#waiting.filter(({ from }) => from > this.#count);
  }

  /** When it has happened so often again. */
  more(times: number): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ from: this.#count + times, done });
    });
  }
}
