export type Attempt<Value> = { kind: 'answered'; value: Value } | { kind: 'skipped' };

export interface BreakerOptions {
  timeoutMs: number;
  /** How long nothing is asked after a failure. */
  restMs: number;
  onChange(open: boolean, cause: unknown): void;
}

/** After a failure nothing is asked for a while, then one attempt decides: a hung server costs its time-out once, not per request. */
export class Breaker {
  readonly #options: BreakerOptions;
  #openUntilMs: number | null = null;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  async attempt<Value>(ask: () => Promise<Value>): Promise<Attempt<Value>> {
    const { timeoutMs, restMs, onChange } = this.#options;
    if (this.#openUntilMs !== null) {
      if (performance.now() < this.#openUntilMs) return { kind: 'skipped' };
      // Whoever comes while this attempt is under way is kept out.
      this.#openUntilMs = performance.now() + restMs;
    }
    try {
      const value = await within(timeoutMs, ask());
      if (this.#openUntilMs !== null) {
        this.#openUntilMs = null;
        onChange(false, null);
      }
      return { kind: 'answered', value };
    } catch (error) {
      if (this.#openUntilMs === null) onChange(true, error);
      this.#openUntilMs = performance.now() + restMs;
      return { kind: 'skipped' };
    }
  }
}

/**
 * Rejects when there is no answer in time. A timer that fires late, because this process was busy, fires before the
 * socket is read: the answer may lie there, so it gets one more turn of the event loop.
 */
export function within<Value>(timeoutMs: number, answer: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new Error(`no answer within ${timeoutMs} ms`)));
    }, timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
