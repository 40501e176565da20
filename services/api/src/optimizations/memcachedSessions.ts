import { unavailable } from '../problem.ts';
import { MemcachedClient } from '../sessions/memcachedClient.ts';
import { type SessionStore, sessionSchema, sessionSeconds } from '../sessions/sessionStore.ts';
import type { Optimization } from './optimization.ts';

export const memcachedSessions = {
  name: 'memcached-sessions',
  group: 'caching',
  title: 'Sessions in Memcached',
  does: 'Keeps the sessions of pages in Memcached instead of the database: one command reads a session and prolongs it, where the database needs a query and a write.',
  where: ['GET /account', 'POST /account/sign-in', 'POST /account/sign-out'],
  evidence: [
    { what: 'database queries', moves: 'down' },
    { what: 'CPU time of the database', moves: 'down' },
  ],
  risks: [
    'Memcached keeps nothing over a restart and drops what is old when it is full: people have to sign in again.',
    'Without Memcached pages answer 503.',
  ],
  insteadOf: ['redis-sessions'],
} as const satisfies Optimization;

export function sessionsInMemcached(options: {
  url: string;
  namespace: string;
  timeoutMs: number;
}): SessionStore {
  const client = new MemcachedClient(options);
  const keyOf = (id: string) => `${options.namespace}:session:${id}`;
  const reached = <Value>(answer: Promise<Value>) =>
    answer.catch((cause: unknown) => {
      throw unavailable('Sessions cannot be reached; try again.', cause);
    });
  return {
    create: (id, session) => reached(client.set(keyOf(id), JSON.stringify(session), sessionSeconds)),
    async read(id) {
      const held = await reached(client.getAndTouch(keyOf(id), sessionSeconds));
      return held === null ? null : sessionSchema.parse(JSON.parse(held.toString()));
    },
    end: (id) => reached(client.delete(keyOf(id))),
    part: { name: 'sessions', check: () => client.version() },
    close: () => client.close(),
  };
}
