import { setTimeout as pause } from 'node:timers/promises';
import { RoundLost } from './lost.ts';

/** Requests must carry the same time as the window's ends. */
const clockToleranceMs = 50;

/** Wall time carries the samples of k6, monotonic time every duration; a test puts its own in. */
export interface Clock {
  /** Milliseconds since the epoch. */
  wallMs(): number;
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** Until that monotonic time; at once when it has passed. */
export async function sleepUntil(clock: Clock, monotonicMs: number, signal?: AbortSignal): Promise<void> {
  const left = monotonicMs - clock.monotonicMs();
  if (left > 0) await pause(left, undefined, signal ? { signal } : {});
}

/** Both clocks at one moment. */
export interface ClockPair {
  wallMs: number;
  monotonicMs: number;
}

export function readClocks(clock: Clock): ClockPair {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
}

/** Wall clock and monotonic clock must have gone on alike since then. */
export function assertClock(begin: ClockPair, end: ClockPair): void {
  const jumpMs = end.wallMs - begin.wallMs - (end.monotonicMs - begin.monotonicMs);
  if (Math.abs(jumpMs) <= clockToleranceMs) return;
  throw new RoundLost('clock', `the machine's clock jumped by ${Math.round(jumpMs)} ms during the round`);
}
