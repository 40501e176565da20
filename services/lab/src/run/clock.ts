import { setTimeout as pause } from 'node:timers/promises';

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
