import assert from 'node:assert/strict';
import type { RowDataPacket } from 'mysql2/promise';
import { schemaName } from '../db/schema.ts';
import { wordsOf } from '../imports/productRow.ts';
import { testDatabase, withMysql } from './servers.ts';

/** Holds what writers keep beside the truth (ratings, counts, words) against the truth. */
export async function assertKeptDataIsRight(): Promise<void> {
  for (const indexed of [false, true]) {
    await withMysql(async (connection) => {
      await connection.query(`use ${schemaName(testDatabase, indexed)}`);
      const read = async (sql: string) => (await connection.query<RowDataPacket[]>(sql))[0];
      assert.deepEqual(await read(wrongRatings), []);
      assert.deepEqual(await read(wrongCounts), []);
      assert.deepEqual(await wrongWords(read), { missing: [], stale: [] });
    });
  }
}

const wrongRatings = `
  select p.id, p.rating_sum, p.rating_count, p.rating_rank, r.stars, r.reviews from products p
  left join (select product_id, sum(rating) stars, count(*) reviews from reviews group by product_id) r on r.product_id = p.id
  where p.rating_sum <> coalesce(r.stars, 0) or p.rating_count <> coalesce(r.reviews, 0)
    or p.rating_rank <> coalesce(r.stars * 10000 div r.reviews, 0)`;

const wrongCounts = `
  select c.category_id, c.products, p.products as counted from category_counts c
  left join (select category_id, count(*) products from products group by category_id) p on p.category_id = c.category_id
  where c.products <> coalesce(p.products, 0)`;

async function wrongWords(
  read: (sql: string) => Promise<RowDataPacket[]>,
): Promise<{ missing: string[]; stale: string[] }> {
  const words = await read('select word, product_id from product_words');
  const kept = new Set(words.map(({ word, product_id }) => `${product_id} ${word}`));
  const products = await read('select id, name, summary from products');
  const wanted = new Set(
    products.flatMap(({ id, name, summary }) => wordsOf(name, summary).map((word) => `${id} ${word}`)),
  );
  return { missing: [...wanted.difference(kept)], stale: [...kept.difference(wanted)] };
}
