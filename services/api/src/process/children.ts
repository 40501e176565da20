import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Listening, Order } from './orders.ts';

/** How to start one process, again and again. */
export interface Kind {
  name: string;
  start(): ChildProcess;
  /** Says over its channel that it listens; others count as ready when they live. */
  saysReady: boolean;
}

const firstPauseMs = 100;
const longestPauseMs = 5000;
/** Who has lived so long gets a new start without a pause when it dies. */
const steadyAfterMs = 10_000;

/** One process that is replaced when it dies, until it is stopped. */
export class Supervised {
  readonly name: string;
  readonly #kind: Kind;
  readonly #log: Logger;
  readonly #onStarted: () => void;
  #child: ChildProcess | null = null;
  #pauseMs = 0;
  #stopped = false;
  #onReady: () => void = () => {};

  constructor(kind: Kind, log: Logger, onStarted: () => void = () => {}) {
    this.name = kind.name;
    this.#kind = kind;
    this.#log = log;
    this.#onStarted = onStarted;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Returns its address when it is ready for the first time; throws when it ends before. */
  async start(): Promise<unknown> {
    const { address, exited } = await this.#begin();
    void this.#keep(exited);
    return address;
  }

  tell(order: Order): void {
    // A channel that closes meanwhile is seen by its end.
    this.#child?.connected && this.#child.send(order, () => {});
  }

  /** By whatever `ask` does; killed when that took too long. */
  async stop(ask: (child: ChildProcess) => void, withinMs: number): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child === null || hasExited(child)) return;
    const exited = once(child, 'exit');
    ask(child);
    const timer = setTimeout(() => {
      this.#log.error({ child: this.name, pid: child.pid }, 'killed, it did not end in time');
      child.kill('SIGKILL');
    }, withinMs);
    await exited;
    clearTimeout(timer);
  }

  /** Ends it by an order; returns when its successor is ready. */
  async replace(order: Order): Promise<void> {
    this.#pauseMs = 0;
    const ready = new Promise<void>((resolve) => {
      this.#onReady = resolve;
    });
    this.tell(order);
    await ready;
  }

  killNow(): void {
    this.#stopped = true;
    this.#child?.kill('SIGKILL');
  }

  async #begin(): Promise<{ address: unknown; exited: Promise<unknown> }> {
    const child = this.#kind.start();
    this.#child = child;
    const exited = endOf(child);
    const address = this.#kind.saysReady
      ? await Promise.race([
          listeningOf(child),
          exited.then((how) => Promise.reject(new Error(`${this.name} ended before it was ready (${how})`))),
        ])
      : null;
    this.#onStarted();
    this.#onReady();
    return { address, exited };
  }

  async #keep(firstExit: Promise<unknown>): Promise<void> {
    let exited = firstExit;
    for (;;) {
      const startedMs = performance.now();
      const how = await exited;
      if (this.#stopped) return;
      this.#log.error({ child: this.name, how }, 'ended; it is started again');
      if (performance.now() - startedMs > steadyAfterMs) this.#pauseMs = 0;
      await delay(this.#pauseMs);
      this.#pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2));
      if (this.#stopped) return;
      try {
        ({ exited } = await this.#begin());
      } catch (error) {
        // The next turn of the loop waits longer.
        exited = Promise.resolve(error instanceof Error ? error.message : String(error));
      }
    }
  }
}

/** What it ended with, for the log. */
async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return signal === null ? `code ${code}` : String(signal);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function listeningOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.on('message', (message: Listening) => {
      if (message.kind === 'listening') resolve(message.address);
    });
  });
}

function hasExited({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
