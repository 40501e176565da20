import { Worker } from 'node:worker_threads';
import { diag } from '@opentelemetry/api';
import type { Deliver, Parcel } from './delivery.ts';
import type { Said } from './deliveryThread.ts';

interface Waiting {
  parcel: Parcel;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Sends telemetry from a thread of its own. A client of HTTP in the service's own thread brings sockets and streams of other shapes:
 * what the compiler has made of Node's code for those of the service no longer fits, and every request that it answers is slower.
 * Where no thread can be had, the service's own does it.
 */
export class Sender {
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | null = startThread();
  #ownThread: Promise<Deliver> | null = null;
  #last = 0;
  #whenSettled: (() => void)[] = [];

  constructor() {
    this.#thread?.on('message', (said: Said) => this.#hear(said));
    this.#thread?.on('error', () => this.#goOnWithout());
    this.#thread?.on('exit', () => this.#goOnWithout());
    // It keeps no service alive, but for as long as something is on its way.
    this.#thread?.unref();
  }

  /** Rejects where it could not be delivered in time. */
  send(parcel: Parcel): Promise<void> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { parcel, resolve, reject });
      this.#give(id, parcel);
    });
  }

  /** When nothing is on its way any more, however it fared. */
  settled(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  #give(id: number, parcel: Parcel): void {
    if (this.#thread) {
      this.#thread.ref();
      // Ours stays: it may have to be sent otherwise.
      const bytes = new Uint8Array(parcel.bytes);
      this.#thread.postMessage({ id, parcel: { ...parcel, bytes } }, [bytes.buffer]);
      return;
    }
    // Loaded only here: it brings the client of HTTP.
    this.#ownThread ??= import('./delivery.ts').then(({ createDelivery }) => createDelivery());
    this.#ownThread
      .then((deliver) => deliver(parcel))
      .then(
        () => this.#end(id, null),
        (error) => this.#end(id, error),
      );
  }

  #hear(said: Said): void {
    if ('line' in said) diag[said.level](said.line);
    else this.#end(said.id, said.failure && failureOf(said.failure));
  }

  #end(id: number, error: unknown): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (error === null) waiting.resolve();
    else waiting.reject(error);
    if (this.#waiting.size > 0) return;
    this.#thread?.unref();
    for (const settled of this.#whenSettled.splice(0)) settled();
  }

  /** What it had may have arrived already: the same spans twice are one, and counters are sums. */
  #goOnWithout(): void {
    this.#thread = null;
    for (const [id, { parcel }] of this.#waiting) this.#give(id, parcel);
  }
}

/** Null where the process may not have one (--permission). It is to be nobody else's: no hook, profiler or option of the service's. */
function startThread(): Worker | null {
  const { NODE_OPTIONS: _, ...env } = process.env;
  try {
    return new Worker(new URL('./deliveryThread.ts', import.meta.url), {
      name: 'telemetry',
      execArgv: [],
      env: { ...env, NODE_NO_WARNINGS: '1' },
    });
  } catch {
    return null;
  }
}

function failureOf({ message, code }: { message: string; code: unknown }): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
