import { Worker } from 'node:worker_threads';

/**
 * A job that never gives back the event loop can be stopped by nobody in it: neither by its deadline nor by a signal's listener.
 * A thread watches for signs of life and ends the whole process when there are none; the job is then given to another worker.
 */
export function watch(limitMs: number): void {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  // The flags of this process would start its telemetry a second time in there.
  const thread = new Worker(new URL('./watchdogThread.ts', import.meta.url), {
    workerData: { beats, limitMs, pid: process.pid },
    execArgv: [],
  });
  thread.unref();
  const beat = setInterval(() => Atomics.add(beats, 0, 1), Math.max(1, limitMs / 10));
  beat.unref();
}
