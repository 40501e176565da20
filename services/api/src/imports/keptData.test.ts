import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { OptimizationName } from '../optimizations/index.ts';
import { staff } from '../testing/callers.ts';
import { assertKeptDataIsRight } from '../testing/keptData.ts';
import { forgetCachedAnswers } from '../testing/servers.ts';
import { seedTestDatabase, startShop } from '../testing/shop.ts';

before(seedTestDatabase);
before(forgetCachedAnswers);
// Other files count on the seeded products.
after(seedTestDatabase);

const header = 'sku,name,summary,category,price_cents,stock,weight_grams';
const files: readonly { name: string; lines: readonly string[]; state: string }[] = [
  {
    name: 'new products, others with new words and in another category, one that stays',
    lines: [
      header,
      ...Array.from(
        { length: 70 },
        (_, index) => `NEW-${index},Oak Thing ${index},"Round, and red.",kitchen,5,1,1`,
      ),
      'SKU-0000001,Zebra,All other words.,garden,700,3,10',
      'SKU-0000002,Zebra Two,All other words.,garden,700,3,10',
    ],
    state: 'done',
  },
  {
    name: 'a file that ends in the middle of a quoted cell',
    lines: [header, 'HALF-1,Half,A whole row.,audio,5,1,1', 'HALF-2,"Half'],
    state: 'failed',
  },
];

for (const on of [[], ['indexes', 'connection-pool', 'batched-import', 'prepared-statements']] as const) {
  for (const { name, lines, state } of files) {
    test(`${on.join(', ') || 'baseline'}: what is kept of products is right after ${name}`, async (context) => {
      const shop = await startShop([...on, 'kept-counts', 'full-text-search'] satisfies OptimizationName[]);
      context.after(() => shop.close());
      const headers = { ...(await staff()), 'content-type': 'text/csv' };
      const answer = await shop.get('/imports/products', { method: 'POST', headers, body: lines.join('\n') });
      assert.equal(answer.status, 202, answer.body);
      assert.equal(JSON.parse(answer.body).state, state);
      await assertKeptDataIsRight();
      if (state === 'done') {
        const { total } = await shop.json<{ total: number }>('/products?q=zebra');
        assert.equal(total, 2);
      }
    });
  }
}
