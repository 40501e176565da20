import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { array, assert as assertProperty, integer, property, record } from 'fast-check';
import type { RowDataPacket } from 'mysql2/promise';
import { countByOrder } from '../optimizations/linearRelated.ts';
import { testDatabase, withMysql } from '../testing/servers.ts';
import { seedTestDatabase, startShop } from '../testing/shop.ts';
import { countByLookingThrough, type RelatedProduct } from './related.ts';

before(seedTestDatabase);

test('both ways of counting find the same, in the same order', () => {
  const small = integer({ min: 1, max: 6 });
  const lines = array(record({ order_id: small, product_id: small }), { maxLength: 40 });
  assertProperty(
    property(lines, small, (lines, productId) => {
      const sorted = (counts: Map<number, number>) => [...counts].sort(([one], [other]) => one - other);
      assert.deepEqual(
        sorted(countByOrder(lines, productId)),
        sorted(countByLookingThrough(lines, productId)),
      );
    }),
    { seed: 20_261_121, numRuns: 100 },
  );
});

test('one way looks at each line a few times, the other at all lines for each of them', () => {
  let looks = 0;
  const count = 600;
  const lines = Array.from({ length: count }, (_, index) => ({
    get order_id() {
      looks += 1;
      return index % 200;
    },
    product_id: index % 97,
  }));
  countByOrder(lines, 5);
  assert.ok(looks <= 3 * count, `${looks} looks`);
  looks = 0;
  countByLookingThrough(lines, 5);
  assert.ok(looks >= count * count, `${looks} looks`);
});

test('related products are those of the orders of late that hold most of them', async (context) => {
  const shop = await startShop(['linear-related']);
  context.after(() => shop.close());
  const expected = await withMysql(async (connection) => {
    await connection.query(`use ${testDatabase}_plain`);
    const sql = `
      with recent as (select order_id, product_id from order_items order by id desc limit 6000)
      select other.product_id as id, count(distinct other.order_id) as together
      from recent mine join recent other on other.order_id = mine.order_id and other.product_id <> mine.product_id
      where mine.product_id = 11 group by other.product_id order by together desc, id limit 4`;
    return (await connection.query<RowDataPacket[]>(sql))[0];
  });
  const { items } = await shop.json<{ items: RelatedProduct[] }>('/products/11/related');
  assert.ok(items.length > 0);
  assert.deepEqual(
    items.map(({ id, together }) => ({ id, together })),
    expected.map(({ id, together }) => ({ id, together })),
  );
});
