import Router from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import type { Logger } from 'pino';
import { Changes } from './cache/changes.ts';
import type { Config } from './config.ts';
import { schemaName } from './db/schema.ts';
import { secureData } from './headers.ts';
import { accessLog } from './log.ts';
import { answerProblems } from './problem.ts';
import { accountRoutes } from './routes/account.ts';
import { docsRoutes } from './routes/docs.ts';
import { healthRoutes, type Part } from './routes/health.ts';
import { directRoutes, mountRoutes } from './routes/mount.ts';
import type { Route } from './routes/route.ts';
import { sessionCookieName } from './sessions/cookieSessions.ts';
import { openAccountPage } from './wiring/account.ts';
import { openAccounts } from './wiring/accounts.ts';
import { openCaches, openInvalidations, openWarming } from './wiring/caches.ts';
import { catalogue } from './wiring/catalogue.ts';
import { openDatabase } from './wiring/database.ts';
import { delivery } from './wiring/delivery.ts';
import { wireJobs } from './wiring/jobs.ts';
import { orders } from './wiring/orders.ts';
import { openUpkeep } from './wiring/upkeep.ts';

export interface AppDeps {
  config: Config;
  log: Logger;
  /** 0 .. 1, for the spread of times to live. */
  random?: () => number;
  /** Tests put a cache with a fault in its place. */
  openCaches?: typeof openCaches;
}

export interface App {
  koa: Koa;
  /** All that it answers, as the router and the document have it. */
  routes: readonly Route[];
  /** From now on readiness is off and every answer ends its connection. */
  drain(): void;
  /** What has to be there before the first request; everything that a start can do without is not in it. */
  prepare(): Promise<void>;
  /** What waits for no request begins, until `close`; in one of the processes that are one service. */
  startUpkeep(): void;
  /** Closes what the app opened; call it when no request is left. */
  close(): Promise<void>;
}

/** Builds the shop. Everything that a variant does differently is decided here and in wiring/; below it is told. */
export function createApp({ config, log, random = Math.random, ...deps }: AppDeps): App {
  const schema = schemaName(config.databasePrefix, config.optimizations.has('indexes'));
  const database = openDatabase(config, schema);
  const changes = new Changes();
  const caches = (deps.openCaches ?? openCaches)({ config, log, random, changes, schema });
  const invalidations = openInvalidations(config, database, changes);
  const { products, routes: catalogueRoutes } = catalogue({
    config,
    database,
    invalidations,
    caches: caches.answers,
  });
  const warming = openWarming({ config, log, database, products, caches });

  const upkeep = openUpkeep({ config, log, database, invalidations, schema });

  const { routes: staticRoutes, middleware, prepare } = delivery(config);
  const accounts = openAccounts({ config, database, invalidations });
  const isSecure = config.accounts.publicUrl.startsWith('https:');

  let draining = false;
  const parts: Part[] = [
    {
      name: 'database',
      check: () => database.use((session) => session.rows('select 1 from products limit 1')),
    },
    ...caches.parts,
    ...warming.parts,
    ...accounts.parts,
  ];
  const routes: readonly Route[] = [
    ...healthRoutes(parts, () => draining, log),
    ...catalogueRoutes,
    ...accounts.routes,
    ...accountRoutes(openAccountPage(config, database, caches)),
    ...orders({
      config,
      database,
      invalidations,
      dispatch: wireJobs({ config, log, database, invalidations }),
    }),
    ...staticRoutes,
    ...docsRoutes(() => routes, sessionCookieName(isSecure)),
  ];
  const router = new Router();
  mountRoutes(router, routes, accounts.guard);

  const koa = new Koa({ proxy: config.accounts.trustsProxy || config.isBehindNginx, maxIpsCount: 1 });
  koa.on('error', (error: NodeJS.ErrnoException) => {
    // A client that went away is no fault of ours.
    if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') log.error({ err: error }, 'answer failed');
  });
  koa.use(function closeWhenDraining(ctx: Context, next: Next) {
    if (draining) ctx.set('Connection', 'close');
    return next();
  });
  if (log.isLevelEnabled('info')) koa.use(accessLog(log));
  koa.use(secureData(isSecure));
  for (const one of middleware) koa.use(one);
  koa.use(answerProblems(log));
  // Instrumentation sees the routes that exist at this moment: all have been registered.
  koa.use(directRoutes(routes, accounts.guard));
  koa.use(router.routes());
  koa.use(router.allowedMethods());

  return {
    koa,
    routes,
    prepare,
    drain() {
      draining = true;
    },
    startUpkeep: () => upkeep.start(),
    async close() {
      await upkeep.stop();
      warming.close();
      caches.close();
      accounts.close();
      await database.close();
    },
  };
}
