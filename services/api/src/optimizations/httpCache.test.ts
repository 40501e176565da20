import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { bearer, staff } from '../testing/callers.ts';
import { order, rowsOf, seedOrdersDatabase, startOrdersShop } from '../testing/orders.ts';
import type { Answer, TestShop } from '../testing/shop.ts';
import type { OptimizationName } from './index.ts';

before(seedOrdersDatabase);

describe('the date of the last change of a product', () => {
  const id = 600;
  const path = `/products/${id}`;
  const csv = 'sku,name,summary,category,price_cents,stock,weight_grams';

  const writers: readonly { name: string; write(shop: TestShop): Promise<Answer> }[] = [
    { name: 'stock', write: (shop) => shop.setStock(id, 50) },
    { name: 'an order', write: (shop) => order(shop, 3, [{ productId: id, quantity: 1 }]) },
    {
      name: 'a review',
      write: async (shop) =>
        shop.send('POST', `${path}/reviews`, { rating: 3, title: 'So', body: 'So.' }, await bearer(3)),
    },
    {
      name: 'the name of who reviewed it',
      write: async (shop) =>
        shop.send('PATCH', '/profile', { name: `Ada ${performance.now()}` }, await bearer(3)),
    },
    {
      name: 'an import',
      write: async (shop) => {
        const headers = { ...(await staff()), 'content-type': 'text/csv' };
        const body = `${csv}\nSKU-0000600,Lamp,Bright.,lighting,1234,60,500\n`;
        return shop.get('/imports/products', { method: 'POST', headers, body });
      },
    },
  ];
  const variants: readonly OptimizationName[][] = [
    ['http-cache'],
    ['http-cache', 'column-projection', 'batched-queries', 'batched-import', 'connection-pool'],
  ];
  for (const on of variants) {
    describe(on.join(' and '), () => {
      let shop: TestShop;
      before(async () => {
        shop = await startOrdersShop(on);
      });
      after(() => shop.close());

      for (const { name, write } of writers) {
        test(`is another one with ${name}, and no such change is missed`, async () => {
          await pass(shop, 3600);
          const dated = await shop.get(path);
          const since = dated.headers.get('last-modified') ?? '';
          const ask = () => shop.get(path, { headers: { 'if-modified-since': since } });
          assert.equal((await ask()).status, 304);
          assert.ok((await write(shop)).status < 300);
          const fresh = await ask();
          assert.deepEqual([fresh.status, fresh.headers.get('last-modified')], [200, null]);
          assert.notEqual(fresh.body, dated.body);
          // The same second may bring another change until every transaction in it has ended.
          await pass(shop, 60);
          assert.equal((await ask()).headers.get('last-modified'), null);
          await pass(shop, 60);
          const settled = await ask();
          assert.ok(settled.body === fresh.body);
          assert.ok(Date.parse(settled.headers.get('last-modified') ?? '') > Date.parse(since));
        });
      }
    });
  }
});

/** As if all changes had been made longer ago. */
async function pass(shop: TestShop, seconds: number): Promise<void> {
  for (const table of ['products', 'customers']) {
    await rowsOf(shop, `update ${table} set changed_at = changed_at - interval ? second`, seconds);
  }
}
