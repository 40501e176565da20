import { freePort } from '../process/ports.ts';

/** Below the rows of scripts/test.js, and below Linux's range for outgoing connections (32768). fetch refuses to ask 10080. */
const first = 10_100;
const count = 9_900;

/** Where this process looks next; two of them rarely meet. */
let next = process.pid * 7;

/**
 * A free port to ask again and again before anybody listens: a client that does so within the range for outgoing connections
 * gets the same port for its own end at some time, and has reached itself.
 */
export async function lowPort(): Promise<number> {
  for (let tried = 0; tried < count; tried += 1) {
    next += 1;
    const port = await freePort('127.0.0.1', first + (next % count)).catch(() => null);
    if (port !== null) return port;
  }
  throw new Error(`No port is free between ${first} and ${first + count - 1}.`);
}
