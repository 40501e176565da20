import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { Changes } from '../cache/changes.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { schemaName } from '../db/schema.ts';
import { writeRowByRow } from '../imports/writeRows.ts';
import { importProducts } from '../jobs/importProducts.ts';
import { invalidate } from '../jobs/invalidate.ts';
import type { Invalidations } from '../jobs/invalidations.ts';
import type { JobDeps, JobKind, Jobs } from '../jobs/job.ts';
import { smtpMail } from '../jobs/mail.ts';
import { makeReport } from '../jobs/makeReport.ts';
import { type Dispatch, dispatchOf } from '../jobs/perform.ts';
import { sendEmail } from '../jobs/sendEmail.ts';
import { writeBatch } from '../optimizations/batchedImport.ts';
import { warmLists } from '../optimizations/cacheWarming.ts';
import { MemoryCache } from '../optimizations/memoryCache.ts';
import { Pruning } from '../upkeep/pruning.ts';
import { openCaches, openInvalidations } from './caches.ts';
import { catalogue } from './catalogue.ts';
import { openDatabase } from './database.ts';

/** What the service does with its jobs: in the request, or left to the worker. */
export function wireJobs(shared: {
  config: Config;
  log: Logger;
  database: Database;
  invalidations: Invalidations;
}): Dispatch {
  const neverStopped = new AbortController().signal;
  const queued = new Set(queuedKinds(shared.config));
  return dispatchOf(queued, jobsOf(shared.config), depsOf(shared, neverStopped));
}

/** What the service leaves to the worker. */
export function queuedKinds({ optimizations: on }: Config): JobKind[] {
  const kinds: JobKind[] = ['invalidation'];
  if (on.has('queued-email')) kinds.push('email');
  if (on.has('queued-import')) kinds.push('import');
  if (on.has('queued-report')) kinds.push('report');
  return kinds;
}

/** Jobs for a process of its own, and what they need. */
export interface OpenJobs {
  jobs: Jobs;
  deps: Omit<JobDeps, 'signal'>;
  /** Loads into the shared cache what has gone from it; null where none is to be kept warm. The number of its lists. */
  warm: ((signal: AbortSignal) => Promise<number>) | null;
  /** Removes rows that nobody needs any more; how many. */
  prune(signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

export function openJobs(config: Config, log: Logger): OpenJobs {
  const schema = schemaName(config.databasePrefix, config.optimizations.has('indexes'));
  const database = openDatabase(config, schema);
  const changes = new Changes();
  const caches = openCaches({ config, log, random: Math.random, changes, schema });
  const invalidations = openInvalidations(config, database, changes);
  // One in this process would answer instead of asking whether the shared one still has it.
  const shared = caches.answers.filter((cache) => !(cache instanceof MemoryCache));
  const { products } = catalogue({ config, database, invalidations, caches: shared });
  const pruning = new Pruning(database, schema);
  const warms = config.optimizations.has('cache-warming') && shared.length > 0;
  return {
    jobs: jobsOf(config),
    prune: (signal) => pruning.pass(signal),
    warm: warms ? (signal) => warmLists(database, products, signal) : null,
    deps: depsOf({ config, log, database, invalidations }, new AbortController().signal),
    async close() {
      caches.close();
      await database.close();
    },
  };
}

export function jobsOf({ optimizations: on }: Config): Jobs {
  return {
    email: sendEmail,
    import: importProducts(on.has('batched-import') ? writeBatch : writeRowByRow),
    report: makeReport,
    invalidation: invalidate,
  };
}

export function depsOf(
  shared: { config: Config; log: Logger; database: Database; invalidations: Invalidations },
  signal: AbortSignal,
): JobDeps {
  const { config, log, database, invalidations } = shared;
  const { smtpUrl, from, timeoutMs } = config.mail;
  return {
    database,
    invalidations,
    log,
    signal,
    waitsForTurn: true,
    mail: smtpMail({ url: smtpUrl, from, timeoutMs }),
    owner: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`.slice(-64),
    leaseMs: config.jobLeaseMs,
  };
}
