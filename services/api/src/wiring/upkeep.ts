import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import type { Invalidations } from '../jobs/invalidations.ts';
import { jobKinds } from '../jobs/job.ts';
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
  const neverInRequests = new Set(queuedKinds(config));
  const jobs = jobsOf(config);
  const deps = { ...depsOf(shop, mustStop.signal), waitsForTurn: false };
  const leftovers = jobKinds.map((kind) => {
    const afterMs = neverInRequests.has(kind) ? 0 : abandonedMs;
    const leftover = new Leftovers({ kind, afterMs, jobs, deps });
    return new Ticker({ what: `${kind} left over`, everyMs: abandonedMs, log, work: () => leftover.pass() });
  });
  const pruning = new Pruning(database, schema);
  const tickers = [
    ...leftovers,
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
