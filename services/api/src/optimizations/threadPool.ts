import type { Optimization } from './optimization.ts';

export const threadPool = {
  name: 'thread-pool',
  group: 'process',
  title: 'More threads for files, hashes and compression',
  does: "Starts the service with UV_THREADPOOL_SIZE threads (16 unless it is set) instead of Node's 4, so that password hashes and files do not wait for each other.",
  where: [
    'POST /auth/sign-in',
    'POST /auth/sign-up',
    'POST /account/sign-in',
    'GET /images/products/:file',
    'GET /assets/:file',
  ],
  evidence: [{ what: 'latency of files and answers while passwords are hashed', moves: 'down' }],
  risks: ['More threads than cores do not make a hash faster; each holds the memory of its hash (19 MiB).'],
} as const satisfies Optimization;

export const threadsUnlessSaid = 16;
