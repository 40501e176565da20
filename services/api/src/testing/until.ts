import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until it is so; a test that waits longer than this has failed. */
export async function until(holds: () => boolean | Promise<boolean>, everyMs = 10): Promise<void> {
  for (const deadlineMs = performance.now() + 30_000; performance.now() < deadlineMs; await delay(everyMs)) {
    if (await holds()) return;
  }
  throw new Error('It did not become so within 30 s.');
}
