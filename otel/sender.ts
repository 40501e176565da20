import { Worker } from 'node:worker_threads';
import { diag } from '@opentelemetry/api';
import type { Deliver, Parcel } from './delivery.ts';
import type { Answer } from './deliveryThread.ts';

interface Waiting {
  parcel: Parcel;
  resolve(): void;
  reject(error: unknown): void;
}

/** Where more than that are on their way, the thread hangs, and what comes is lost: it must not pile up in the service. */
const waitingAtMost = 30;

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
    this.#thread?.on('message', (answer: Answer) => this.#hear(answer));
    this.#thread?.on('error', (error) => this.#goOnWithout(String(error)));
    this.#thread?.on('exit', () => this.#goOnWithout('it has ended'));
    // It keeps no service alive, but for as long as something is on its way.
    this.#thread?.unref();
  }

  /** Rejects where it could not be delivered in time. */
  send(parcel: Parcel): Promise<void> {
    if (this.#waiting.size >= waitingAtMost) return Promise.reject(new Error('too much is on its way'));
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

  #hear(answer: Answer): void {
    if ('line' in answer) diag[answer.level](answer.line);
    else this.#end(answer.id, answer.failure && failureOf(answer.failure));
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

  /** What it had may have arrived already, and comes once more: better than never. */
  #goOnWithout(why: string): void {
    // Told twice of one end.
    if (this.#thread === null) return;
    this.#thread = null;
    diag.warn(`no thread sends what is recorded (${why}): the service's own does`);
    for (const [id, { parcel }] of this.#waiting) this.#give(id, parcel);
  }
}

/**
 * Null where the process may not have one (--permission). Nothing of the service's reaches it: no hook, profiler or option; and nothing
 * of it reaches the service's output.
 */
function startThread(): Worker | null {
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, ...env } = process.env;
  try {
    return new Worker(new URL('./deliveryThread.ts', import.meta.url), {
      name: 'telemetry',
      execArgv: [],
      env: { ...env, NODE_NO_WARNINGS: '1' },
      stdout: true,
      stderr: true,
    });
  } catch {
    return null;
  }
}

function failureOf({ message, code }: { message: string; code: unknown }): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
