export type Attempt<Value> = { kind: 'answered'; value: Value } | { kind: 'skipped' };

/** After a failure nothing is asked for a while, then one attempt decides: a hung server costs its time-out once, not per request. */
export class Breaker {
  readonly #restMs: number;
  readonly #onChange: (open: boolean, cause: unknown) => void;
  #openUntilMs: number | null = null;

  constructor(restMs: number, onChange: (open: boolean, cause: unknown) => void) {
    this.#restMs = restMs;
    this.#onChange = onChange;
  }

  async attempt<Value>(ask: () => Promise<Value>): Promise<Attempt<Value>> {
    if (this.#openUntilMs !== null) {
      if (performance.now() < this.#openUntilMs) return { kind: 'skipped' };
      // Whoever comes while this attempt is under way is kept out.
      this.#openUntilMs = performance.now() + this.#restMs;
    }
    try {
      const value = await ask();
      if (this.#openUntilMs !== null) {
        this.#openUntilMs = null;
        this.#onChange(false, null);
      }
      return { kind: 'answered', value };
    } catch (error) {
      if (this.#openUntilMs === null) this.#onChange(true, error);
      this.#openUntilMs = performance.now() + this.#restMs;
      return { kind: 'skipped' };
    }
  }
}
