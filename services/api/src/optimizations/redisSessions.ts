import { Redis } from 'ioredis';
import { unavailable } from '../problem.ts';
import { type SessionStore, sessionSchema, sessionSeconds } from '../sessions/sessionStore.ts';
import type { Optimization } from './optimization.ts';

export const redisSessions = {
  name: 'redis-sessions',
  group: 'caching',
  title: 'Sessions in Redis',
  does: 'Keeps the sessions of pages in Redis instead of the database: one command reads a session and prolongs it, where the database needs a query and a write.',
  where: ['GET /account', 'POST /account/sign-in', 'POST /account/sign-out'],
  evidence: [
    { what: 'database queries', moves: 'down' },
    { what: 'CPU time of the database', moves: 'down' },
    { what: 'Redis commands', moves: 'up' },
  ],
  risks: [
    'A Redis without persistence loses them when it restarts: people have to sign in again.',
    'Without Redis pages answer 503.',
  ],
} as const satisfies Optimization;

export function sessionsInRedis(options: {
  url: string;
  namespace: string;
  timeoutMs: number;
}): SessionStore {
  const redis = new Redis(options.url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: options.timeoutMs,
    retryStrategy: (attempt) => Math.min(50 * attempt, 500),
  });
  // Without a listener ioredis prints each failed attempt to connect; whoever asks meanwhile is told.
  redis.on('error', () => {});
  const keyOf = (id: string) => `${options.namespace}:session:${id}`;
  const reached = <Value>(answer: Promise<Value>) =>
    answer.catch((cause: unknown) => {
      throw unavailable('Sessions cannot be reached; try again.', cause);
    });
  return {
    async create(id, session) {
      await reached(redis.set(keyOf(id), JSON.stringify(session), 'EX', sessionSeconds));
    },
    async read(id) {
      const held = await reached(redis.getex(keyOf(id), 'EX', sessionSeconds));
      return held === null ? null : sessionSchema.parse(JSON.parse(held));
    },
    async end(id) {
      await reached(redis.del(keyOf(id)));
    },
    part: { name: 'sessions', check: () => redis.ping() },
    close: () => redis.disconnect(),
  };
}
