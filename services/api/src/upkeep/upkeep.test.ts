import assert from 'node:assert/strict';
import { before, beforeEach, type TestContext, test } from 'node:test';
import { workTableNames } from '../db/workTables.ts';
import type { JobKind } from '../jobs/job.ts';
import type { OptimizationName } from '../optimizations/index.ts';
import { ordersDatabase, rowsOf, seedOrdersDatabase } from '../testing/orders.ts';
import { fast, start } from '../testing/supervised.ts';
import { until } from '../testing/until.ts';

/** The schema of `fast`. */
const shop = { optimizations: new Set<OptimizationName>(['indexes']) };
const rows = (sql: string, ...values: unknown[]) => rowsOf(shop, sql, ...values);

before(seedOrdersDatabase);
beforeEach(async () => {
  for (const table of workTableNames) await rows(`delete from ${table}`);
});

/** Each is there once as old as it is kept, and once ten minutes younger. */
const aged: readonly { table: string; seconds: number; insert: string; more?: string }[] = [
  { table: 'sessions', seconds: 0, insert: session('expires_at') },
  {
    table: 'refresh_tokens',
    seconds: 0,
    insert: `insert into refresh_tokens (id, family, customer_id, created_at, expires_at)
             select sha2(rand(), 256), uuid(), 1, utc_timestamp(3), `,
  },
  {
    table: 'idempotency_keys',
    seconds: 7 * 86_400,
    insert: `insert into idempotency_keys (customer_id, idempotency_key, request_hash, created_at)
             select 1, uuid(), '', `,
  },
  { table: 'outbox', seconds: 86_400, insert: job('done') },
  { table: 'outbox', seconds: 30 * 86_400, insert: job('failed') },
  { table: 'emails', seconds: 30 * 86_400, insert: email('sent') },
  // Given up, and its dead letter is gone.
  { table: 'emails', seconds: 30 * 86_400, insert: email('queued') },
  { table: 'reports', seconds: 30 * 86_400, insert: report('done') },
  { table: 'imports', seconds: 30 * 86_400, insert: importRow('failed') },
  { table: 'imports', seconds: 3600, insert: importRow('receiving') },
];

test('rows that nobody needs any more go, and no other: of every table, in slices', async (context) => {
  for (const { insert, seconds } of aged) {
    for (const age of [seconds + 600, seconds - 600]) {
      await rows(`${insert} utc_timestamp(3) - interval ? second`, age);
    }
  }
  // What has not ended is kept however old it is.
  for (const insert of [job('waiting'), job('queued'), report('running'), importRow('queued')]) {
    await rows(`${insert} utc_timestamp(3) - interval 1 year`);
  }
  await rows(
    `insert into emails (id, recipient, subject, body, state, created_at)
     select id, '', '', '', 'queued', created_at from outbox where state = 'waiting'`,
  );
  await rows(`insert into import_parts (import_id, part_no, content) select id, 1, 'x' from imports`);
  await rows(`${session('expires_at')} utc_timestamp(3) - interval 1 day from products limit 1200`);
  await rows(`${session('expires_at')} utc_timestamp(3) + interval 1 hour from products limit 700`);
  await run(context, { PRUNE_INTERVAL_MS: '50' });
  await until(async () => {
    const counts = await Promise.all(
      workTableNames.map(async (table) => Number((await rows(`select count(*) n from ${table}`))[0]?.n)),
    );
    return counts.join() === '701,1,1,4,3,3,3,2';
  });
  const [parts] = await rows(
    'select count(*) n from import_parts where import_id in (select id from imports)',
  );
  assert.equal(parts?.n, 3);
});

test('what a request could not do is done without a worker, and nothing waits for an import', async (context) => {
  const inFront = await idOf(`${importRow('running')} utc_timestamp(3)`);
  await rows('update imports set until = utc_timestamp(3) + interval 1 hour where id = ?', inFront);
  const importId = await idOf(`${importRow('queued')} utc_timestamp(3)`);
  const header = 'sku,name,summary,category,price_cents,stock,weight_grams';
  await rows('insert into import_parts (import_id, part_no, content) values (?, 0, ?)', importId, header);
  const importJob = await left('import', { importId });
  const reportId = await idOf(`${report('queued')} utc_timestamp(3)`);
  const reportJob = await left('report', { reportId });
  await run(context, { JOB_LEASE_MS: '50' });
  await until(async () => (await stateOf(reportJob)) === 'done');
  assert.equal((await rows('select state from reports where id = ?', reportId))[0]?.state, 'done');
  assert.equal(await stateOf(importJob), 'waiting');
  await rows('update imports set until = null where id = ?', inFront);
  await until(async () => (await stateOf(importJob)) === 'done');
});

test('a change that no cache was told of is a dead letter only while something of before may be held', async (context) => {
  const [old, fresh] = [await left('invalidation', changed), await left('invalidation', changed)];
  await rows('update outbox set created_at = created_at - interval 1 hour where id = ?', old);
  const { lines } = await run(context, {
    SHOP_OPTIMIZATIONS: `${fast},memory-cache`,
    JOB_LEASE_MS: '10',
    // Nobody listens there.
    REDIS_URL: 'redis://127.0.0.1:1',
  });
  assert.equal((await lines.until('a job is a dead letter')).outboxId, fresh);
  assert.equal(await stateOf(old), 'done');
});

test('what fails again and again is a dead letter in the end', async (context) => {
  const id = await left('email', { orderId: 1 });
  await rows(
    `insert into emails (id, recipient, subject, body, state, created_at)
     values (?, 'a@shop.invalid', '', '', 'queued', utc_timestamp(3))`,
    id,
  );
  // Nobody listens there.
  const { lines } = await run(context, { JOB_LEASE_MS: '10', SMTP_URL: 'smtp://127.0.0.1:1' });
  const told = await lines.until('a job is a dead letter');
  assert.deepEqual([told.outboxId, told.attempts], [id, 8]);
  const [job] = await rows('select state, reason from outbox where id = ?', id);
  assert.equal(job?.state, 'failed');
  assert.match(job?.reason, /was not sent: .*ECONNREFUSED/);
});

function run(context: TestContext, environment: NodeJS.ProcessEnv) {
  return start(context, { SHOP_DATABASE: ordersDatabase, SHOP_OPTIMIZATIONS: fast, ...environment });
}

async function idOf(insert: string): Promise<number> {
  return ((await rows(insert)) as unknown as { insertId: number }).insertId;
}

const changed = { tags: ['product:1'] };

/** A job in the outbox, of a request that has ended. */
function left(kind: JobKind, payload: unknown): Promise<number> {
  return idOf(
    `insert into outbox (kind, payload, state, created_at)
     values ('${kind}', '${JSON.stringify(payload)}', 'waiting', utc_timestamp(3))`,
  );
}

async function stateOf(id: number): Promise<string> {
  return (await rows('select state from outbox where id = ?', id))[0]?.state;
}

function session(column: string): string {
  return `insert into sessions (id, customer_id, data, created_at, ${column})
          select sha2(rand(), 256), 1, '', utc_timestamp(3), `;
}

function job(state: string): string {
  return `insert into outbox (kind, payload, state, created_at) select 'nothing', '{}', '${state}', `;
}

function email(state: string): string {
  return `insert into emails (id, recipient, subject, body, state, created_at)
          select floor(rand() * 1e9), '', '', '', '${state}', `;
}

function report(state: string): string {
  return `insert into reports (customer_id, month, state, created_at) select 1, '2025-03', '${state}', `;
}

function importRow(state: string): string {
  return `insert into imports (customer_id, state, row_count, first_product_id, created_at) select 1, '${state}', 0, 0, `;
}
