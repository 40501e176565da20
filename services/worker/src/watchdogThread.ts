import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { beats, limitMs, pid } = workerData as { beats: Int32Array; limitMs: number; pid: number };
const standardError = 2;

let last = Atomics.load(beats, 0);
setInterval(() => {
  const now = Atomics.load(beats, 0);
  if (now !== last) {
    last = now;
    return;
  }
  // Through the main thread nothing gets out any more.
  writeSync(standardError, `The event loop has been blocked for ${limitMs} ms: this worker ends.\n`);
  process.kill(pid, 'SIGKILL');
}, limitMs);
