import type { RowDataPacket } from 'mysql2/promise';
import { readConfig } from '../config.ts';
import { schemaName } from '../db/schema.ts';
import { seed } from '../db/seed.ts';
import type { JobDeps, JobKind, Jobs } from '../jobs/job.ts';
import { performJob } from '../jobs/perform.ts';
import { createLog } from '../log.ts';
import type { OptimizationName } from '../optimizations/index.ts';
import { openJobs } from '../wiring/jobs.ts';
import { bearer } from './callers.ts';
import { testServers, withMysql } from './servers.ts';
import { type Answer, startShop, type TestShop } from './shop.ts';

/** Schemas of the tests that place orders and import products: what they leave behind disturbs no other test. */
export const ordersDatabase = 'shoptest_orders';

export function seedOrdersDatabase(): Promise<void> {
  return seed({ mysqlUrl: testServers().mysqlUrl, prefix: ordersDatabase, size: 1, onProgress() {} });
}

export function startOrdersShop(
  optimizations: readonly OptimizationName[],
  environment: NodeJS.ProcessEnv = {},
): Promise<TestShop> {
  return startShop(optimizations, { SHOP_DATABASE: ordersDatabase, ...environment });
}

/** Rows of the schema that this shop uses. */
export function rowsOf(
  shop: Pick<TestShop, 'optimizations'>,
  sql: string,
  ...values: unknown[]
): Promise<RowDataPacket[]> {
  return withMysql(async (connection) => {
    await connection.query(`use ${schemaName(ordersDatabase, shop.optimizations.has('indexes'))}`);
    return (await connection.query<RowDataPacket[]>(sql, values))[0];
  });
}

export interface OrderLine {
  productId: number;
  quantity: number;
}

export async function order(
  shop: TestShop,
  customerId: number,
  lines: readonly OrderLine[],
  key: string = crypto.randomUUID(),
): Promise<Answer> {
  return shop.send('POST', '/orders', { lines }, { ...(await bearer(customerId)), 'idempotency-key': key });
}

/** What a worker has, with a name of its own. */
export function worker(
  optimizations: readonly OptimizationName[],
  environment: NodeJS.ProcessEnv = {},
): { jobs: Jobs; deps: Omit<JobDeps, 'signal'>; close(): Promise<void> } {
  const { mysqlUrl, redisUrl, memcachedUrl } = testServers();
  const config = readConfig({
    MYSQL_URL: mysqlUrl,
    REDIS_URL: redisUrl,
    MEMCACHED_URL: memcachedUrl,
    SHOP_DATABASE: ordersDatabase,
    SHOP_OPTIMIZATIONS: optimizations.join(','),
    LOG_LEVEL: 'silent',
    ...environment,
  });
  return openJobs(config, createLog(config.logLevel));
}

/** The newest job of a kind that somebody has still to do. */
export async function waitingJob(shop: Pick<TestShop, 'optimizations'>, kind: JobKind): Promise<number> {
  const [row] = await rowsOf(
    shop,
    `select id from outbox where kind = ? and state = 'waiting' order by id desc limit 1`,
    kind,
  );
  if (row === undefined) throw new Error(`No job ${kind} waits.`);
  return row.id;
}

/** What a worker would do for this shop: the imports and reports that its queue was left. */
export async function workOff(shop: Pick<TestShop, 'optimizations'>, database: string): Promise<void> {
  if (!shop.optimizations.has('queued-import') && !shop.optimizations.has('queued-report')) return;
  const { jobs, deps, close } = worker([...shop.optimizations], {
    SHOP_DATABASE: database,
    // It ends with its work, and what the caches have not heard by then they never will.
    REDIS_TIMEOUT_MS: '5000',
  });
  const rows = await deps.database.use((session) =>
    session.rows<{ id: number; kind: JobKind }>(
      `select id, kind from outbox where state = 'waiting' and kind in ('import', 'report') order by id`,
    ),
  );
  for (const { id, kind } of rows) {
    await performJob(jobs, { ...deps, signal: new AbortController().signal }, kind, id);
  }
  await close();
}
