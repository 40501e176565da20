import assert from 'node:assert/strict';
import { schemaName } from '../db/schema.ts';
import type { Import } from '../imports/imports.ts';
import type { Order } from '../orders/order.ts';
import type { Report } from '../reports/reports.ts';
import { bearer, regularId, staff } from '../testing/callers.ts';
import { workOff } from '../testing/orders.ts';
import { testDatabase, withMysql } from '../testing/servers.ts';
import type { Asked, TestShop } from '../testing/shop.ts';
import { until } from '../testing/until.ts';
import { type Exchange, seen, tells } from './exchange.ts';

/** Places orders here and nowhere else, and they are taken away again. */
const buyerId = 1900;

export const orderExchanges: readonly Exchange[] = [
  ...['', '?limit=3', '?limit=4&offset=3', '?offset=1000', '?limit=0'].map((query) =>
    asRegular('GET /orders', `/orders${query}`),
  ),
  asRegular('GET /orders/:id', '/orders/1'),
  tells('every own order by itself', ['GET /orders', 'GET /orders/:id'], async (shop) => {
    const headers = await bearer(regularId);
    const { items } = await shop.json<{ items: Order[] }>('/orders?limit=3', { headers });
    const orders: unknown[] = [];
    for (const { id } of items) orders.push(seen(await shop.get(`/orders/${id}`, { headers })));
    return orders;
  }),

  tells(
    'an order is placed once, changes the stock at once, and is refused where there is too little',
    ['POST /orders', 'GET /orders/:id', 'GET /products/:id'],
    async (shop) => {
      const stock = async (id: number) => (await shop.json<{ stock: number }>(`/products/${id}`)).stock;
      const before = [await stock(1901), await stock(1902)] as const;
      for (const id of [1901, 1902]) await shop.setStock(id, 10);
      const lines = [
        { productId: 1902, quantity: 2 },
        { productId: 1901, quantity: 4 },
      ];
      const headers = { ...(await bearer(buyerId)), 'idempotency-key': crypto.randomUUID() };
      const placed = await shop.send('POST', '/orders', { lines }, headers);
      const again = await shop.send('POST', '/orders', { lines }, headers);
      assert.equal(again.body, placed.body);
      const { id, createdAt, ...order }: Order = JSON.parse(placed.body);
      assert.ok(Date.parse(createdAt) > 0);
      const shown = await shop.json<Order>(`/orders/${id}`, { headers });
      assert.deepEqual(shown, { id, createdAt, ...order });
      const left = [await stock(1901), await stock(1902)];
      const other = { ...headers, 'idempotency-key': crypto.randomUUID() };
      const refused = [
        await shop.send('POST', '/orders', { lines: [{ productId: 1901, quantity: 7 }] }, other),
        await shop.send('POST', '/orders', { lines: [{ productId: 900_000, quantity: 7 }] }, other),
        await shop.send('POST', '/orders', { lines: lines.slice(1) }, headers),
        await shop.send('POST', '/orders', { lines: [] }, headers),
      ];
      await forgetOrders(shop);
      await shop.setStock(1901, before[0]);
      await shop.setStock(1902, before[1]);
      return { status: placed.status, order, left, refused: refused.map(seen) };
    },
  ),

  tells('an export of two weeks', ['GET /exports/orders.csv'], async (shop) => {
    const path = '/exports/orders.csv?from=2025-08-01&to=2025-08-15';
    const { status, headers, body } = await shop.get(path, { headers: await staff() });
    return { status, type: headers.get('content-type'), body };
  }),
  tells('no export', ['GET /exports/orders.csv'], async (shop) => {
    const path = '/exports/orders.csv?from=2025-08-01&to=2025-08-01';
    const asked = [{ headers: await staff() }, { headers: await bearer(regularId) }, {}];
    const refused: unknown[] = [];
    for (const each of asked) refused.push(seen(await shop.get(path, each)));
    return refused;
  }),

  tells(
    'an import changes what is in the file, and says which rows it refused',
    ['POST /imports/products', 'GET /imports/:id', 'GET /products/:id'],
    async (shop) => {
      const { sku, name, summary, category, price, stock, weightGrams, ...rest } =
        await shop.json<ProductDetail>('/products/1903');
      const row = (cents: number, pieces: number) =>
        `${sku},"${name}","${summary}",${category.slug},${cents},${pieces},${weightGrams}`;
      /** The worker is another process: what it has written is told to the caches of this one a moment later. */
      const shown = (cents: number) =>
        until(async () => {
          if (!shop.optimizations.has('queued-import')) return true;
          return (await shop.json<ProductDetail>('/products/1903')).price.cents === cents;
        });
      const done = await imported(shop, [row(price.cents + 1, stock + 1), 'X,Y', row(-1, 1)]);
      await shown(price.cents + 1);
      const changed = await shop.json<ProductDetail>('/products/1903');
      assert.deepEqual([changed.price.cents, changed.stock], [price.cents + 1, stock + 1]);
      await imported(shop, [row(price.cents, stock)]);
      await shown(price.cents);
      const { updatedAt, ...back } = await shop.json<ProductDetail>('/products/1903');
      assert.ok(Date.parse(updatedAt) > Date.parse(rest.updatedAt) - 1);
      return { done, back };
    },
  ),

  tells('the report of a month', ['POST /reports/monthly', 'GET /reports/:id'], async (shop) => {
    const headers = await staff();
    const answer = await shop.send('POST', '/reports/monthly', { month: '2025-08' }, headers);
    assert.equal(JSON.parse(answer.body).state, shop.optimizations.has('queued-report') ? 'queued' : 'done');
    await workOff(shop, testDatabase);
    const { id, ...report } = await shop.json<Report>(answer.headers.get('location') ?? '', { headers });
    assert.equal(answer.headers.get('location'), `/reports/${id}`);
    return { status: answer.status, report };
  }),
];

interface ProductDetail {
  sku: string;
  name: string;
  summary: string;
  category: { slug: string };
  price: { cents: number };
  stock: number;
  weightGrams: number;
  updatedAt: string;
}

function asRegular(route: string, path: string): Exchange {
  return tells(`GET ${path} of a customer with a long history`, [route], async (shop) => {
    const asked: Asked = { headers: await bearer(regularId) };
    return seen(await shop.get(path, asked));
  });
}

async function imported(shop: TestShop, rows: readonly string[]): Promise<unknown> {
  const headers = await staff();
  const answer = await shop.get('/imports/products', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/csv' },
    body: ['sku,name,summary,category,price_cents,stock,weight_grams', ...rows].join('\n'),
  });
  assert.equal(JSON.parse(answer.body).state, shop.optimizations.has('queued-import') ? 'queued' : 'done');
  await workOff(shop, testDatabase);
  const { state, rowsDone, rowsRefused, problems } = await shop.json<Import>(
    answer.headers.get('location') ?? '',
    { headers },
  );
  return { status: answer.status, state, rowsDone, rowsRefused, problems };
}

/** Other exchanges look at the newest orders of all customers. */
async function forgetOrders(shop: TestShop): Promise<void> {
  await withMysql(async (connection) => {
    await connection.query(`use ${schemaName(testDatabase, shop.optimizations.has('indexes'))}`);
    await connection.query(
      `delete i from order_items i join orders o on o.id = i.order_id where o.customer_id = ? and o.created_at > '2026-06-01'`,
      [buyerId],
    );
    await connection.query(`delete from orders where customer_id = ? and created_at > '2026-06-01'`, [
      buyerId,
    ]);
  });
}
