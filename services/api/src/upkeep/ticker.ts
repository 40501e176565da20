import type { Logger } from 'pino';

/** Work that is done again and again, one at a time; what fails is tried at the next tick, and said once until it succeeds. */
export class Ticker {
  readonly #options: { what: string; everyMs: number; log: Logger; work(): Promise<void> };
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #failing = false;
  stopping = false;

  constructor(options: { what: string; everyMs: number; log: Logger; work(): Promise<void> }) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#tick();
  }

  /** The first time when its time has passed once. */
  startLater(): void {
    this.#next();
  }

  /** When it returns, nothing runs any more. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  async #tick(): Promise<void> {
    const { what, log, work } = this.#options;
    try {
      await work();
      if (this.#failing) log.warn({ what }, 'works again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) log.warn({ err: error, what }, 'failed; it is tried again');
      this.#failing = true;
    }
    if (!this.stopping) this.#next();
  }

  #next(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#tick();
    }, this.#options.everyMs);
  }
}
