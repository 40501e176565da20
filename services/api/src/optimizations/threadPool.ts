import type { Optimization } from './optimization.ts';

export const threadPool = {
  name: 'thread-pool',
  group: 'process',
  title: 'More threads for files, hashes and compression',
  does: "Starts the service with UV_THREADPOOL_SIZE threads (16 unless it is set) instead of Node's 4, so that password hashes and files do not wait for each other, and hashes as many passwords at once as there are cores for each process (at most half of the threads) instead of two.",
  where: [
    'POST /auth/sign-in',
    'POST /auth/sign-up',
    'POST /account/sign-in',
    'GET /images/products/:file',
    'GET /assets/:file',
  ],
  evidence: [
    { what: 'latency of files and answers while passwords are hashed', moves: 'down' },
    { what: 'password hashes per second where there are more than two cores', moves: 'up' },
  ],
  risks: [
    'More threads than cores do not make a hash faster; each holds the memory of its hash (19 MiB).',
    'On two cores there is nothing to win: two hashes at once fill them.',
  ],
} as const satisfies Optimization;

export const threadsUnlessSaid = 16;

/** Baseline: half of Node's threads, so that files have the others. */
export const hashesAtOnceOfNode = 2;

/** The other half of the threads stays for files and compression, and nobody hashes faster than there are cores. */
export function hashesAtOnce(given: { threads: number; cores: number; instances: number }): number {
  const ownCores = Math.floor(given.cores / given.instances);
  const most = Math.max(1, Math.floor(given.threads / 2));
  return Math.min(most, Math.max(hashesAtOnceOfNode, ownCores));
}
