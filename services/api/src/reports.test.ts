import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { performJob } from './jobs/perform.ts';
import type { OptimizationName } from './optimizations/index.ts';
import type { Report } from './reports/reports.ts';
import { bearer, staff } from './testing/callers.ts';
import { rowsOf, seedOrdersDatabase, startOrdersShop, waitingJob, worker } from './testing/orders.ts';

before(seedOrdersDatabase);

const ways: readonly (readonly OptimizationName[])[] = [[], ['indexes', 'connection-pool']];
for (const optimizations of ways) {
  test(`[${optimizations}] a report has the month and nothing but the month, without what was cancelled`, async (context) => {
    const shop = await startOrdersShop(optimizations);
    context.after(() => shop.close());
    const headers = await staff();
    const answer = await shop.send('POST', '/reports/monthly', { month: '2025-08' }, headers);
    assert.equal(answer.status, 202, answer.body);
    const { id, month, state } = JSON.parse(answer.body);
    assert.deepEqual([month, state], ['2025-08', 'done']);
    const { report } = await shop.json<Report>(answer.headers.get('location') ?? '', { headers });
    assert.ok(report !== null, `report ${id} is empty`);
    const sold = await rowsOf(
      shop,
      `select o.id order_id, substr(o.created_at, 1, 10) day, i.product_id, i.quantity, i.price_cents, c.slug
       from orders o, order_items i, products p, categories c
       where i.order_id = o.id and p.id = i.product_id and c.id = p.category_id
         and o.created_at like '2025-08-%' and o.status in ('placed', 'paid', 'shipped', 'delivered')`,
    );
    const revenue = (rows: typeof sold) => rows.reduce((sum, row) => sum + row.quantity * row.price_cents, 0);
    assert.equal(report.orders, new Set(sold.map((row) => row.order_id)).size);
    assert.equal(report.revenueCents, revenue(sold));
    const byDay = Map.groupBy(sold, (row) => row.day);
    assert.deepEqual(
      report.days.map(({ date, revenueCents }) => [date, revenueCents]),
      [...byDay].map(([day, rows]) => [day, revenue(rows)]).sort(),
    );
    const byProduct = Map.groupBy(sold, (row) => row.product_id);
    for (const { productId, orders, quantity, revenueCents } of report.products) {
      const rows = byProduct.get(productId) ?? [];
      assert.equal(revenueCents, revenue(rows));
      assert.equal(
        quantity,
        rows.reduce((sum, row) => sum + row.quantity, 0),
      );
      assert.equal(orders, new Set(rows.map((row) => row.order_id)).size);
    }
    assert.equal(report.products.length, byProduct.size);
    const bySlug = Map.groupBy(sold, (row) => row.slug);
    assert.deepEqual(
      report.categories.map(({ slug, revenueCents }) => [slug, revenueCents]).sort(),
      [...bySlug].map(([slug, rows]) => [slug, revenue(rows)]).sort(),
    );
  });
}

test('left to the worker and delivered three times at once, a report is made once', async (context) => {
  const on = ['queued-report', 'indexes'] as const;
  const shop = await startOrdersShop(on);
  context.after(() => shop.close());
  const headers = await staff();
  const answer = await shop.send('POST', '/reports/monthly', { month: '2025-09' }, headers);
  assert.equal(JSON.parse(answer.body).state, 'queued');
  const path = answer.headers.get('location') ?? '';
  assert.equal((await shop.json<Report>(path, { headers })).report, null);
  const outboxId = await waitingJob(shop, 'report');
  const workers = [worker(on), worker(on), worker(on)];
  const signal = new AbortController().signal;
  await Promise.allSettled(
    workers.map(({ jobs, deps }) => performJob(jobs, { ...deps, signal }, 'report', outboxId)),
  );
  for (const { close } of workers) await close();
  assert.equal((await shop.json<Report>(path, { headers })).state, 'done');
  const [job] = await rowsOf(shop, 'select state from outbox where id = ?', outboxId);
  assert.equal(job?.state, 'done');
});

test('a month that is none, and a caller who is no staff, are refused', async (context) => {
  const shop = await startOrdersShop([]);
  context.after(() => shop.close());
  for (const month of ['2025-13', '2025-1', 202508, null]) {
    const answer = await shop.send('POST', '/reports/monthly', { month }, await staff());
    assert.equal(answer.status, 400);
    assert.equal(JSON.parse(answer.body).errors[0].parameter, 'month');
  }
  assert.equal(
    (await shop.send('POST', '/reports/monthly', { month: '2025-08' }, await bearer(7))).status,
    403,
  );
  assert.equal((await shop.get('/reports/999999', { headers: await staff() })).status, 404);
});
