import { availableParallelism } from 'node:os';
import { AccessTokens } from '../auth/accessTokens.ts';
import { Accounts } from '../auth/accounts.ts';
import { Customers } from '../auth/customers.ts';
import { createGuard } from '../auth/guard.ts';
import { Limits } from '../auth/limits.ts';
import { Passwords } from '../auth/passwords.ts';
import { RefreshTokens } from '../auth/refreshTokens.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { schemaName } from '../db/schema.ts';
import type { Invalidations } from '../jobs/invalidations.ts';
import { sessionsInMemcached } from '../optimizations/memcachedSessions.ts';
import { sessionsInRedis } from '../optimizations/redisSessions.ts';
import { hashesAtOnce, hashesAtOnceOfNode, threadsUnlessSaid } from '../optimizations/threadPool.ts';
import { authRoutes } from '../routes/auth.ts';
import type { Part } from '../routes/health.ts';
import { profileRoutes } from '../routes/profile.ts';
import type { Guard, Route } from '../routes/route.ts';
import { signInRoutes } from '../routes/signIn.ts';
import { CookieSessions } from '../sessions/cookieSessions.ts';
import { databaseSessions } from '../sessions/databaseSessions.ts';
import type { SessionStore } from '../sessions/sessionStore.ts';
import { Profiles } from '../store/profiles.ts';
import { processPlan } from './processes.ts';

const minute = 60;

/** Who is who, and who may what. */
export function openAccounts(shop: { config: Config; database: Database; invalidations: Invalidations }): {
  guard: Guard;
  routes: readonly Route[];
  parts: readonly Part[];
  close(): void;
} {
  const { config, database, invalidations } = shop;
  const { limits: most, ...settings } = config.accounts;
  const instances = processPlan(config)?.instances ?? 1;
  const limits = new Limits({
    redisUrl: config.redisUrl,
    namespace: `${config.databasePrefix}:limits`,
    timeoutMs: config.redisTimeoutMs,
    instances,
  });
  const customers = new Customers(database);
  const accessTokens = new AccessTokens({ secret: settings.jwtSecret, issuer: settings.publicUrl });
  const accounts = new Accounts({
    customers,
    accessTokens,
    refreshTokens: new RefreshTokens(database),
    passwords: new Passwords({ atOnce: atOnceOf(config, instances), mostWaiting: 100 }),
    guesses: {
      fromAddress: limits.limit('guesses', most.guesses, 15 * minute),
      fromAnywhere: limits.limit('guesses-anywhere', most.guesses * 10, 15 * minute),
    },
    acceptsDemoPassword: settings.acceptsDemoPassword,
  });
  const store = openSessions(config, database);
  const sessions = new CookieSessions({
    store,
    secret: settings.sessionSecret,
    secure: settings.publicUrl.startsWith('https:'),
  });
  const guard = createGuard({
    accessTokens,
    customers,
    sessions,
    limits: {
      signIn: limits.limit('sign-in', most.signInPerMinute, minute),
      signUp: limits.limit('sign-up', most.signUpPerMinute, minute),
      refresh: limits.limit('refresh', most.refreshPerMinute, minute),
      write: limits.limit('write', most.writePerMinute, minute),
      heavy: limits.limit('heavy', most.heavyPerMinute, minute),
      page: limits.limit('page', most.pagePerMinute, minute),
    },
  });
  return {
    guard,
    parts: store.part === null ? [] : [store.part],
    routes: [
      ...authRoutes(accounts),
      ...profileRoutes(new Profiles({ database, invalidations })),
      ...signInRoutes({ accounts, sessions, publicOrigin: originOf(config) }),
    ],
    close() {
      limits.close();
      store.close();
    },
  };
}

function atOnceOf({ optimizations: on, threads }: Config, instances: number): number {
  if (!on.has('thread-pool')) return hashesAtOnceOfNode;
  return hashesAtOnce({ threads: threads ?? threadsUnlessSaid, cores: availableParallelism(), instances });
}

function openSessions(config: Config, database: Database): SessionStore {
  const { optimizations: on, redisUrl, memcachedUrl, databasePrefix, sessionTimeoutMs } = config;
  const namespace = schemaName(databasePrefix, on.has('indexes'));
  if (on.has('redis-sessions') && redisUrl !== null) {
    return sessionsInRedis({ url: redisUrl, namespace, timeoutMs: sessionTimeoutMs });
  }
  if (on.has('memcached-sessions') && memcachedUrl !== null) {
    return sessionsInMemcached({ url: memcachedUrl, namespace, timeoutMs: sessionTimeoutMs });
  }
  return databaseSessions(database);
}

function originOf(config: Config): string {
  return new URL(config.accounts.publicUrl).origin;
}
