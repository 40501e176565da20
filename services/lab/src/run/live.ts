import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { type Clock, type ClockPair, sleepUntil } from './clock.ts';
import type { CsvTail } from './k6.ts';
import type { Child } from './processes.ts';
import { assertNotFull } from './room.ts';

/** What is seen while a round goes on. */
export interface Live {
  stage: 'start' | 'warmup' | 'window';
  secondsLeft: number | null;
  requestsPerSecond: number | null;
  latencyMsP95: number | null;
}

interface Watcher {
  clock: Clock;
  onLive(live: Live): void;
}

type Writer = Pick<Child, 'what' | 'logFile'>;

const logBytesMax = 64 * 1024 * 1024;

/** Looks at samples and logs once a second, and tells whoever watches. */
export class LiveView {
  requests = 0;
  readonly #context: Watcher;
  readonly #tails: readonly CsvTail[];
  readonly #writers: readonly Writer[];
  #latencies: number[] = [];
  #sinceMs: number;
  #fromWallMs = 0;

  /** `writers` are whose logs must not grow without end. */
  constructor(context: Watcher, tails: readonly CsvTail[], writers: readonly Writer[]) {
    this.#context = context;
    this.#tails = tails;
    this.#writers = writers;
    this.#sinceMs = context.clock.monotonicMs();
  }

  /** At the window's start: what the warm-up did is not shown any more, however late k6 writes it. */
  forget(start: ClockPair): void {
    this.requests = 0;
    this.#latencies = [];
    this.#fromWallMs = start.wallMs;
    this.#sinceMs = start.monotonicMs;
  }

  /** Every stage is told once at least, also to a lab that has been woken late. */
  async until(
    monotonicMs: number,
    { stage, endMs }: { stage: 'warmup' | 'window'; endMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, onLive } = this.#context;
    do {
      signal.throwIfAborted();
      await sleepUntil(clock, Math.min(clock.monotonicMs() + 1000, monotonicMs), signal);
      await this.#look();
      const seconds = (clock.monotonicMs() - this.#sinceMs) / 1000;
      onLive({
        stage,
        secondsLeft: Math.max(0, endMs - clock.monotonicMs()) / 1000,
        requestsPerSecond: seconds > 0.5 ? this.requests / seconds : null,
        latencyMsP95: this.#p95(),
      });
      await this.assertShortLogs();
    } while (clock.monotonicMs() < monotonicMs);
  }

  /** Also when the window is over: nobody looks in its last moments. */
  async assertShortLogs(): Promise<void> {
    for (const writer of this.#writers) {
      assertNotFull(dirname(writer.logFile));
      if ((await stat(writer.logFile)).size > logBytesMax) throw tooMuchLog(writer);
    }
  }

  async #look(): Promise<void> {
    for (const tail of this.#tails) {
      const { requests: read, share } = await tail.read();
      const requests = read.filter(({ timeMs }) => timeMs >= this.#fromWallMs);
      this.requests += requests.length / share;
      this.#latencies.push(...requests.map(({ durationMs }) => durationMs));
    }
    // Enough for a p95 to look at; sorting more every second would disturb.
    this.#latencies = this.#latencies.slice(-5_000);
  }

  #p95(): number | null {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
  }
}

function tooMuchLog({ what, logFile }: Writer): DynoError {
  const wayOut =
    what === 'k6'
      ? 'Its script prints or throws in every iteration: see how the log begins.'
      : 'Lower its log level.';
  return new DynoError(
    `${what} wrote more than ${logBytesMax / 2 ** 20} MiB of log in one round, which would bend the measurement: ${logFile}. ${wayOut}`,
    exitCodes.invalid,
  );
}
