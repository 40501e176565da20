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
import type { JobDeps, JobKind, Jobs } from '../jobs/job.ts';
import { smtpMail } from '../jobs/mail.ts';
import { makeReport } from '../jobs/makeReport.ts';
import { type Dispatch, dispatchOf } from '../jobs/perform.ts';
import { sendEmail } from '../jobs/sendEmail.ts';
import { writeBatch } from '../optimizations/batchedImport.ts';
import { openCaches } from './caches.ts';
import { openDatabase } from './database.ts';

/** What the service does with its jobs: in the request, or left to the worker. */
export function wireJobs(shared: {
  config: Config;
  log: Logger;
  database: Database;
  changes: Changes;
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

/** For a process of its own: jobs, what they need, and how to let go of it. The caches are told, and not asked. */
export function openJobs(
  config: Config,
  log: Logger,
): { jobs: Jobs; deps: Omit<JobDeps, 'signal'>; close(): Promise<void> } {
  const schema = schemaName(config.databasePrefix, config.optimizations.has('indexes'));
  const database = openDatabase(config, schema);
  const changes = new Changes();
  const caches = openCaches({ config, log, random: Math.random, changes, schema });
  return {
    jobs: jobsOf(config),
    deps: depsOf({ config, log, database, changes }, new AbortController().signal),
    async close() {
      caches.close();
      await database.close();
    },
  };
}

function jobsOf({ optimizations: on }: Config): Jobs {
  return {
    email: sendEmail,
    import: importProducts(on.has('batched-import') ? writeBatch : writeRowByRow),
    report: makeReport,
    invalidation: invalidate,
  };
}

function depsOf(
  { config, log, database, changes }: { config: Config; log: Logger; database: Database; changes: Changes },
  signal: AbortSignal,
): JobDeps {
  const { smtpUrl, from, timeoutMs } = config.mail;
  return {
    database,
    changes,
    log,
    signal,
    mail: smtpMail({ url: smtpUrl, from, timeoutMs }),
    owner: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`.slice(-64),
    leaseMs: config.jobLeaseMs,
  };
}
