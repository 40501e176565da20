import { type FileHandle, open } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { type Listener, listenersOf } from './ports.ts';
import type { Child } from './processes.ts';

/** When a service counts as ready. */
export interface Readiness {
  port: number;
  path: string;
  /** A regular expression that a line of its output must match, in place of the path. */
  pattern: string | null;
  timeoutSeconds: number;
  /** Length of its log before it was started. */
  logBytes: number;
}

export interface Answer {
  /** Below 500: a service that says "not found" or "who are you" serves. */
  ready: boolean;
  detail: string;
}

/** The same limit as in a round: nobody reads so much, and writing it is work that is measured. */
const outputBytesMax = 64 * 1024 * 1024;
const askEveryMs = 25;
const answerMs = 2_000;
const silentAttempts = 3;
const lastLines = 20;
/** Some services listen on `localhost`, which is ::1 alone on some machines. */
const hosts = ['127.0.0.1', '[::1]'] as const;

/** The address at which the service serves; the error says why there is none, with its last lines of output. */
export async function untilReady(child: Child, how: Readiness, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + how.timeoutSeconds * 1000;
  const output = await Output.open(child.logFile, how.logBytes);
  try {
    let missing = 'no answer';
    while (performance.now() < deadline) {
      signal.throwIfAborted();
      if (child.hasExited()) throw await notReady(child, await howItEnded(child));
      await output.read();
      if (output.bytes > outputBytesMax)
        throw await notReady(child, 'wrote more than 64 MiB before it was ready');
      const found =
        how.pattern === null ? await asked(how, signal) : said(child, how.port, output, how.pattern);
      if ('baseUrl' in found) return found.baseUrl;
      missing = found.missing;
      await pause(askEveryMs, undefined, { signal });
    }
    const where = listensElsewhere(child, how.port);
    throw await notReady(child, `was not ready within ${how.timeoutSeconds} s (${missing})${where}`);
  } finally {
    await output.close();
  }
}

/** Not by fetch, which refuses to ask some ports, 6000 and 10080 among them. */
export async function ask(url: string, signal: AbortSignal): Promise<Answer> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
    const status = await statusOf(url, limit);
    return { ready: status < 500, detail: `status ${status}` };
  } catch (error) {
    return { ready: false, detail: reasonOf(error) };
  }
}

function statusOf(url: string, signal: AbortSignal): Promise<number> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // A connection of its own, which is closed again.
    const asked = request(url, { agent: false, signal }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Whether it does not even say that it cannot: no answer of any status, however often it is asked. */
export async function fallsSilent(url: string, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 1; attempt <= silentAttempts; attempt += 1) {
    const { ready, detail } = await ask(url, signal);
    signal.throwIfAborted();
    if (ready || detail.startsWith('status')) return false;
  }
  return true;
}

type Found = { baseUrl: string } | { missing: string };

async function asked({ port, path }: Readiness, signal: AbortSignal): Promise<Found> {
  const details: string[] = [];
  for (const host of hosts) {
    const { ready, detail } = await ask(`http://${host}:${port}${path}`, signal);
    if (ready) return { baseUrl: `http://${host}:${port}` };
    details.push(detail);
  }
  const status = details.find((detail) => detail.startsWith('status'));
  return { missing: `${path}: ${status ?? details[0]}` };
}

/** The line alone proves nothing: it must listen as well. */
function said(child: Child, port: number, output: Output, pattern: string): Found {
  if (!new RegExp(pattern, 'm').test(output.text))
    return { missing: `no line of its output matches /${pattern}/` };
  const listeners = listenersOf(child.members()).filter((listener) => listener.port === port);
  const host = hosts.find((one) => listeners.some((listener) => reaches(listener, one)));
  return host ? { baseUrl: `http://${host}:${port}` } : { missing: `nothing of it listens on port ${port}` };
}

function reaches({ address }: Listener, host: (typeof hosts)[number]): boolean {
  if (address === '::') return true;
  return host === '127.0.0.1' ? ['0.0.0.0', '127.0.0.1'].includes(address) : address === '::1';
}

function listensElsewhere(child: Child, port: number): string {
  const others = listenersOf(child.members()).filter((listener) => listener.port !== port);
  const [first] = others;
  if (!first) return ': --ready-timeout gives it longer, --ready names another path or a line of its output';
  const ports = [...new Set(others.map((listener) => listener.port))].join(', ');
  return `: it listens on port ${ports}, not on ${port}. It has to take PORT from its environment; where it cannot, say its own port with service.port or --on-port ${first.port}`;
}

async function howItEnded(child: Child): Promise<string> {
  const { code, signal } = await child.exited;
  return signal
    ? `was killed by ${signal} before it was ready`
    : `ended with code ${code} before it was ready`;
}

async function notReady(child: Child, what: string): Promise<DynoError> {
  const tail = await child.logTail(lastLines);
  return new DynoError(
    `${child.what} ${what}. Its log is ${child.logFile}${tail ? `, and ends with:\n${tail}` : ' and is empty.'}`,
    exitCodes.invalid,
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error && error.cause.name === 'TimeoutError')
    return `no answer within ${answerMs / 1000} s`;
  return 'code' in error ? String(error.code) : error.message;
}

const lookBackBytes = 1024 * 1024;

/** What a service has printed since its start, the last MiB of it. */
class Output {
  bytes = 0;
  text = '';
  readonly #file: FileHandle;
  readonly #begin: number;
  #position: number;

  /** The log may hold an earlier start; of this one there is next to nothing yet. */
  static async open(path: string, begin: number): Promise<Output> {
    return new Output(await open(path, 'r'), begin);
  }

  private constructor(file: FileHandle, begin: number) {
    this.#file = file;
    this.#begin = begin;
    this.#position = begin;
  }

  async read(): Promise<void> {
    const { size } = await this.#file.stat();
    this.bytes = size - this.#begin;
    const from = Math.max(this.#position, size - lookBackBytes);
    const { bytesRead, buffer } = await this.#file.read(Buffer.alloc(Math.max(0, size - from)), {
      position: from,
    });
    this.#position = from + bytesRead;
    this.text = (this.text + buffer.toString('utf8', 0, bytesRead)).slice(-lookBackBytes);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
