import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { OptimizationName } from './optimizations/index.ts';
import { textCell } from './orders/export.ts';
import { bearer, staff } from './testing/callers.ts';
import { FaultyServer } from './testing/faultyServer.ts';
import { rowsOf, seedOrdersDatabase, startOrdersShop } from './testing/orders.ts';
import { testServers } from './testing/servers.ts';
import type { TestShop } from './testing/shop.ts';

const year = '/exports/orders.csv?from=2025-07-01&to=2026-07-01';
const ways: readonly (readonly OptimizationName[])[] = [
  [],
  ['cursor-stream'],
  ['streamed-answers'],
  ['cursor-stream', 'streamed-answers', 'connection-pool', 'indexes'],
];

const seededLines = 15_000;

before(seedOrdersDatabase);

for (const optimizations of ways) {
  test(`[${optimizations}] an export has every line of its days once, in order`, async (context) => {
    const shop = await startOrdersShop(optimizations);
    context.after(() => shop.close());
    const headers = await staff();
    const answer = await shop.get('/exports/orders.csv?from=2025-09-01&to=2025-09-11', { headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
    const [header, ...lines] = answer.body.trimEnd().split('\r\n');
    assert.equal(
      header,
      'order_id,ordered_at,status,customer_id,customer_email,product_id,quantity,price_cents,line_cents',
    );
    const rows = await rowsOf(
      shop,
      `select concat_ws(',', o.id, date_format(o.created_at, '%Y-%m-%dT%H:%i:%s.000Z'), o.status, o.customer_id,
         concat('customer', o.customer_id, '@example.com'), i.product_id, i.quantity, i.price_cents, i.quantity * i.price_cents) line
       from orders o join order_items i on i.order_id = o.id
       where o.created_at between '2025-09-01 00:00:00' and '2025-09-10 23:59:59' order by i.id`,
    );
    assert.ok(lines.length > 500);
    assert.deepEqual(
      lines,
      rows.map((row) => row.line),
    );
    const none = await shop.get('/exports/orders.csv?from=2020-01-01&to=2020-01-02', { headers });
    assert.equal(none.body, `${header}\r\n`);
  });
}

test('a period that is none is refused by its name, and so is whoever is no staff', async (context) => {
  const shop = await startOrdersShop([]);
  context.after(() => shop.close());
  for (const [query, parameter] of [
    ['from=2025-09-02&to=2025-09-02', 'to'],
    ['from=2025-09-31&to=2025-10-02', 'from'],
    ['to=2025-09-02', 'from'],
  ]) {
    const answer = await shop.get(`/exports/orders.csv?${query}`, { headers: await staff() });
    assert.equal(answer.status, 400);
    assert.equal(JSON.parse(answer.body).errors[0].parameter, parameter);
  }
  assert.equal((await shop.get(year, { headers: await bearer(7) })).status, 403);
});

test('a text that a spreadsheet would compute is only a text', () => {
  assert.equal(textCell('=1+1'), "'=1+1");
  assert.equal(textCell('@sum(a1)'), "'@sum(a1)");
  assert.equal(textCell('a "b", c'), '"a ""b"", c"');
  assert.equal(textCell('plain'), 'plain');
});

describe('an export that is longer than what the network holds', () => {
  const streamed = ['cursor-stream', 'streamed-answers', 'connection-pool'] as const;

  before(async () => {
    const shop = { optimizations: new Set<OptimizationName>() };
    // 15,000 lines to 240,000, about 20 MB.
    for (let times = 0; times < 4; times += 1) {
      await rowsOf(
        shop,
        `insert into order_items (order_id, product_id, quantity, price_cents)
         select order_id, product_id, quantity, price_cents from order_items`,
      );
    }
  });
  after(() => rowsOf({ optimizations: new Set() }, `delete from order_items where id > ${seededLines}`));

  test('whoever goes away in the middle frees the connection', async (context) => {
    const shop = await startOrdersShop(streamed, { DB_POOL_SIZE: '1' });
    context.after(() => shop.close());
    const response = await begun(shop);
    response.destroy();
    assert.equal((await shop.get('/products/1')).status, 200);
  });

  test('whoever stops reading is cut off, and meanwhile others are served', async (context) => {
    const shop = await startOrdersShop(streamed, { DB_POOL_SIZE: '2', DB_QUERY_TIMEOUT_MS: '1200' });
    context.after(() => shop.close());
    const response = await begun(shop);
    assert.equal((await shop.get('/products/1')).status, 200);
    await untilFree(shop);
    const both = await Promise.all([shop.get('/products/1'), shop.get('/products/2')]);
    for (const { status } of both) assert.equal(status, 200);
    await readToEnd(response);
    assert.equal(response.complete, false);
  });

  test('a database that goes away in the middle leaves an answer that is visibly not whole', async (context) => {
    const mysql = await FaultyServer.before(testServers().mysqlUrl);
    const shop = await startOrdersShop(streamed, { MYSQL_URL: mysql.url });
    context.after(async () => {
      await shop.close();
      await mysql.shut().catch(() => {});
    });
    const response = await begun(shop);
    await mysql.shut();
    await readToEnd(response);
    assert.equal(response.complete, false);
    await mysql.open();
    assert.equal((await shop.get('/products/1')).status, 200);
  });

  /** The first piece is here, and nothing more is read. */
  async function begun(shop: TestShop): Promise<IncomingMessage> {
    const headers = await staff();
    const response: IncomingMessage = await new Promise((resolve, reject) => {
      get(shop.url + year, { headers, agent: false }, resolve).on('error', reject);
    });
    assert.equal(response.statusCode, 200);
    await once(response, 'readable');
    return response;
  }

  async function readToEnd(response: IncomingMessage): Promise<void> {
    response.on('error', () => {});
    const closed = new Promise((resolve) => response.once('close', resolve));
    response.resume();
    await closed;
  }

  /** Both connections of the pool can be had at once again. */
  async function untilFree(shop: TestShop): Promise<void> {
    for (const deadlineMs = performance.now() + 10_000; performance.now() < deadlineMs; ) {
      const [row] = await rowsOf(
        shop,
        `select count(*) busy from information_schema.processlist where info like 'select straight_join i.order_id%'`,
      );
      if (row?.busy === 0) return;
    }
    assert.fail('The export still holds its connection after 10 s.');
  }
});
