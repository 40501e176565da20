import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import type { Invalidations } from '../jobs/invalidations.ts';
import { Leftovers } from '../upkeep/leftovers.ts';
import { Pruning } from '../upkeep/pruning.ts';
import { Ticker } from '../upkeep/ticker.ts';
import { depsOf, jobsOf, queuedKinds } from './jobs.ts';
import { processPlan } from './processes.ts';

/** What waits for no request, where there is no worker that does it. Nothing of it is done before its time has passed once. */
export function openUpkeep(shop: {
  config: Config;
  log: Logger;
  database: Database;
  invalidations: Invalidations;
  schema: string;
}): { start(): void; stop(): Promise<void> } {
  const { config, log, database, schema } = shop;
  if (processPlan(config)?.worker) return { start() {}, stop: () => Promise.resolve() };
  const mustStop = new AbortController();
  // Twice the time for which a request may hold a job.
  const abandonedMs = config.jobLeaseMs * 2;
  const leftovers = new Leftovers({
    jobs: jobsOf(config),
    deps: depsOf(shop, mustStop.signal),
    kinds: queuedKinds(config),
    abandonedMs,
  });
  const pruning = new Pruning(database, schema);
  const tickers = [
    new Ticker({ what: 'jobs left over', everyMs: abandonedMs, log, work: () => leftovers.pass() }),
    new Ticker({
      what: 'pruning',
      everyMs: config.pruneIntervalMs,
      log,
      work: async () => void (await pruning.pass(mustStop.signal)),
    }),
  ];
  return {
    start() {
      for (const ticker of tickers) ticker.startLater();
    },
    async stop() {
      mustStop.abort();
      await Promise.all(tickers.map((ticker) => ticker.stop()));
    },
  };
}
