import { after, before, beforeEach } from 'node:test';
import { createDatabase, type Database } from '@dyno/api/db/database';
import { schemaName } from '@dyno/api/db/schema';
import { seed } from '@dyno/api/db/seed';
import { serverOf } from '@dyno/api/db/server';
import { leaveInOutbox, type OutboxState, outboxRow } from '@dyno/api/jobs/outbox';
import { createLog } from '@dyno/api/log';
import { pooledConnections } from '@dyno/api/optimizations/connectionPool';
import { testServers, withRedis } from '@dyno/api/testing/servers';
import type { openJobs } from '@dyno/api/wiring/jobs';
import { readWorkerConfig } from '../config.ts';
import { type JobData, jobIdOf } from '../queues.ts';
import { type ShopWorker, startWorker } from '../worker.ts';

/** A database of these tests' own: a worker takes every job that it finds in the outbox. */
export const workDatabase = 'shoptest_work';

export async function seedWorkDatabase(): Promise<void> {
  await seed({ mysqlUrl: testServers().mysqlUrl, prefix: workDatabase, size: 1, onProgress() {} });
}

/** Short times, so that what takes minutes in earnest takes a moment here. */
export function workEnvironment(environment: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { mysqlUrl, redisUrl } = testServers();
  return {
    MYSQL_URL: mysqlUrl,
    REDIS_URL: redisUrl,
    SHOP_DATABASE: workDatabase,
    SHOP_OPTIMIZATIONS: 'connection-pool,queued-email,queued-import,queued-report',
    LOG_LEVEL: 'silent',
    RELAY_INTERVAL_MS: '20',
    RELAY_RESTORE_MS: '100',
    JOB_RETRY_DELAY_MS: '20',
    // Longer than a busy machine makes one wait for its turn.
    JOB_LOCK_MS: '1000',
    JOB_LEASE_MS: '1000',
    WORKER_DRAIN_MS: '300',
    ...environment,
  };
}

/** A worker in this process. */
export function startTestWorker(
  environment: NodeJS.ProcessEnv = {},
  open?: typeof openJobs,
): Promise<ShopWorker> {
  const config = readWorkerConfig(workEnvironment(environment));
  return startWorker(config, createLog(config.shop.logLevel), open);
}

/** For the tests of a file: the database of these tests, and nothing to do in it or in the queues when one of them begins. */
export function ownWorkDatabase(): Database {
  const database = openWorkDatabase();
  before(seedWorkDatabase);
  after(() => database.close());
  beforeEach(() => emptyWork(database));
  return database;
}

function openWorkDatabase(): Database {
  const limits = { connectTimeoutMs: 5000, queryTimeoutMs: 5000, deadlineMs: 10_000 };
  const server = serverOf(testServers().mysqlUrl);
  const pool = pooledConnections(server, schemaName(workDatabase, false), {
    size: 2,
    queue: 100,
    connectTimeoutMs: limits.connectTimeoutMs,
  });
  return createDatabase(pool, limits);
}

/** Nothing to do in the database, nothing in the queues. */
async function emptyWork(database: Database): Promise<void> {
  await database.use(async (session) => {
    for (const table of ['outbox', 'emails', 'imports', 'import_parts', 'reports'])
      await session.change(`delete from ${table}`);
  });
  await forgetQueues();
}

/** What a Redis does that is killed and has kept nothing. */
export async function forgetQueues(): Promise<void> {
  await withRedis(async (redis) => {
    const keys = await redis.keys(`${workDatabase}:jobs:*`);
    if (keys.length > 0) await redis.del(...keys);
  });
}

/** As an order leaves it: both rows or none. */
export function leaveEmail(database: Database, recipient = 'someone@shop.invalid'): Promise<number> {
  return database.transaction(async (session) => {
    const id = await leaveInOutbox(session, 'email', { orderId: 1 });
    await session.change(
      `insert into emails (id, recipient, subject, body, state, created_at)
       values (?, ?, 'Your order', 'Thank you.', 'queued', utc_timestamp(3))`,
      [id, recipient],
    );
    return id;
  });
}

export interface Fate {
  outbox: OutboxState;
  reason: string | null;
  email: string | null;
}

export function fateOf(database: Database, id: number): Promise<Fate> {
  return database.use(async (session) => {
    const [fate] = await session.rows<Fate>(
      'select o.state outbox, o.reason, e.state email from outbox o left join emails e on e.id = o.id where o.id = ?',
      [id],
    );
    if (fate === undefined) throw new Error(`There is no row ${id} in the outbox.`);
    return fate;
  });
}

/** Asks until it is so; a test that waits longer than this has failed. */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  limitMs = 60_000,
): Promise<void> {
  for (const end = performance.now() + limitMs; performance.now() < end; ) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Within ${limitMs} ms it was never so that ${what}.`);
}

/** The job that a row becomes. */
export async function jobOfRow(database: Database, id: number): Promise<{ jobId: string; data: JobData }> {
  const row = await database.use((session) => outboxRow(session, id));
  if (row === null) throw new Error(`There is no row ${id} in the outbox.`);
  return { jobId: jobIdOf(row), data: { outboxId: id, createdMs: row.createdMs } };
}

export function ended(database: Database, id: number, limitMs?: number): Promise<void> {
  const hasEnded = async () => {
    const { outbox } = await fateOf(database, id);
    return outbox === 'done' || outbox === 'failed';
  };
  return until(`job ${id} has ended`, hasEnded, limitMs);
}

export function outboxStates(database: Database, ids: readonly number[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => (await fateOf(database, id)).outbox));
}

export async function readiness(port: number): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
}
