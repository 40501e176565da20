import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { RowDataPacket } from 'mysql2/promise';
import type { OptimizationName } from '../optimizations/index.ts';
import { readPage } from '../store/catalogue.ts';
import { readListQuery } from '../store/listQuery.ts';
import { testDatabase, withMysql } from '../testing/servers.ts';
import { seedTestDatabase } from '../testing/shop.ts';
import { readingOf } from '../wiring/catalogue.ts';
import type { Session } from './database.ts';
import { schemaName } from './schema.ts';
import { oneAfterAnother } from './session.ts';

before(seedTestDatabase);

const reading: readonly { name: string; on: readonly OptimizationName[] }[] = [
  { name: 'one by one', on: [] },
  { name: 'batched', on: ['batched-queries', 'column-projection'] },
];
for (const { name, on } of reading) {
  for (const indexed of [true, false]) {
    test(`${name}: a page of a category reads ${indexed ? 'only through keys' : 'by scanning'}`, async () => {
      const tables = await scannedTables(indexed, on, { category: 'kitchen' });
      assert.deepEqual(tables, indexed ? [] : ['categories', 'products', 'reviews']);
    });
  }
}

const everything: readonly OptimizationName[] = [
  'batched-queries',
  'column-projection',
  'keyset-paging',
  'kept-counts',
  'denormalized-rating',
  'query-rewriting',
  'full-text-search',
];
for (const query of [
  { sort: 'rating' },
  { sort: 'rating', category: 'kitchen' },
  { q: 'oak' },
  { since: '2025-12-01' },
  { category: 'kitchen', reviewed: 'true' },
]) {
  test(`optimized, ${new URLSearchParams(query)} reads only through keys`, async () => {
    // Of twenty rows a scan may be the better plan.
    const small = ['categories', 'category_counts'];
    const tables = await scannedTables(true, everything, query);
    assert.deepEqual(
      tables.filter((table) => !small.includes(table)),
      [],
    );
  });
}

/** Tables that some statement of a page reads without a key. */
async function scannedTables(
  indexed: boolean,
  on: readonly OptimizationName[],
  query: Record<string, string>,
): Promise<string[]> {
  return withMysql(async (connection) => {
    await connection.query(`use ${schemaName(testDatabase, indexed)}`);
    const scanned = new Set<string>();
    const session: Session = {
      async rows<Row>(sql: string, values: readonly unknown[] = []) {
        const [plan] = await connection.query<RowDataPacket[]>(`explain ${sql}`, [...values]);
        for (const { table, key } of plan) {
          // Names in angle brackets are results of inner selects.
          if (key === null && table !== null && !table.startsWith('<')) scanned.add(table);
        }
        return (await connection.query<RowDataPacket[]>(sql, [...values]))[0] as unknown as Row[];
      },
      change: () => assert.fail('Nothing is written here.'),
      insert: () => assert.fail('Nothing is written here.'),
      all: oneAfterAnother,
    };
    await readPage(session, readListQuery(query), readingOf(new Set(on)));
    return [...scanned].sort();
  });
}
