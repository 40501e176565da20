import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { RowDataPacket } from 'mysql2/promise';
import type { Session } from '../db/database.ts';
import { schemaName } from '../db/schema.ts';
import { oneAfterAnother } from '../db/session.ts';
import type { OptimizationName } from '../optimizations/index.ts';
import { testDatabase, withMysql } from '../testing/servers.ts';
import { seedTestDatabase } from '../testing/shop.ts';
import { readingOf } from '../wiring/catalogue.ts';
import { type ProductPage, readPage } from './catalogue.ts';
import { writeCursor } from './cursor.ts';
import { readListQuery } from './listQuery.ts';

before(seedTestDatabase);

/** The evidence that each switch names must move on the route where it matters, whatever the clock says. */
const base: readonly OptimizationName[] = ['batched-queries', 'column-projection'];
const rows: readonly {
  name: OptimizationName;
  query: Record<string, string>;
  indexed: boolean;
  /** With it at most so much of what is examined without. */
  atMost: number;
}[] = [
  { name: 'keyset-paging', query: { offset: '1500' }, indexed: true, atMost: 0.7 },
  { name: 'kept-counts', query: { limit: '5' }, indexed: true, atMost: 0.1 },
  { name: 'denormalized-rating', query: { sort: 'rating' }, indexed: true, atMost: 0.3 },
  {
    name: 'denormalized-rating',
    query: { sort: 'rating', category: 'kitchen' },
    indexed: false,
    atMost: 0.7,
  },
  { name: 'query-rewriting', query: { reviewed: 'true', category: 'kitchen' }, indexed: false, atMost: 0.1 },
  { name: 'query-rewriting', query: { since: '2025-12-20' }, indexed: true, atMost: 0.4 },
  { name: 'full-text-search', query: { q: 'oak chair' }, indexed: true, atMost: 0.4 },
];
for (const { name, query, indexed, atMost } of rows) {
  const asked = new URLSearchParams(query);
  test(`${name}: ${asked} ${indexed ? 'with' : 'without'} indexes examines at most ${atMost} of the rows`, async () => {
    const place = name === 'keyset-paging' ? await placeOf(query) : query;
    const without = await examined(base, place, indexed);
    const withIt = await examined([...base, name], place, indexed);
    assert.deepEqual(withIt.page, without.page);
    assert.ok(withIt.rows <= without.rows * atMost, `${withIt.rows} instead of ${without.rows} rows`);
  });
}

/** The same page by its cursor, which both ways of paging understand. */
async function placeOf({ offset }: Record<string, string>): Promise<Record<string, string>> {
  const before = Number(offset) - 1;
  const { page } = await examined(base, { offset: String(before), limit: '1' }, true);
  return { after: writeCursor(page.end ?? assert.fail('There is nothing so far back.')) };
}

async function examined(
  on: readonly OptimizationName[],
  query: Record<string, string>,
  indexed: boolean,
): Promise<{ page: ProductPage; rows: number }> {
  return withMysql(async (connection) => {
    await connection.query(`use ${schemaName(testDatabase, indexed)}`);
    const read = async (sql: string, values: readonly unknown[] = []) =>
      (await connection.query<RowDataPacket[]>(sql, [...values]))[0];
    const session: Session = {
      rows: async <Row>(sql: string, values?: readonly unknown[]) =>
        (await read(sql, values)) as unknown as Row[],
      change: () => assert.fail('Nothing is written here.'),
      insert: () => assert.fail('Nothing is written here.'),
      all: oneAfterAnother,
    };
    const count = async () => {
      const counters = await read("show session status like 'Handler\\_read\\_%'");
      return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
    };
    await count();
    const before = await count();
    // What asking for the counters costs itself.
    const asking = (await count()) - before;
    const start = await count();
    const page = await readPage(session, readListQuery(query), readingOf(new Set(on)));
    return { page, rows: (await count()) - start - asking };
  });
}
