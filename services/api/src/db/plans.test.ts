import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { RowDataPacket } from 'mysql2/promise';
import { readPartsBatched } from '../optimizations/batchedQueries.ts';
import { neededColumns } from '../optimizations/columnProjection.ts';
import { readPage } from '../store/catalogue.ts';
import { allColumns } from '../store/columns.ts';
import { readListQuery } from '../store/listQuery.ts';
import { readPartsOneByOne } from '../store/oneByOne.ts';
import { testDatabase, withMysql } from '../testing/servers.ts';
import { seedTestDatabase } from '../testing/shop.ts';
import type { Session } from './database.ts';
import { schemaName } from './schema.ts';

before(seedTestDatabase);

const reading = [
  { name: 'one by one', columns: allColumns, readParts: readPartsOneByOne },
  { name: 'batched', columns: neededColumns, readParts: readPartsBatched },
];
for (const { name, columns, readParts } of reading) {
  for (const indexed of [true, false]) {
    test(`${name}: a page of a category reads ${indexed ? 'only through keys' : 'by scanning'}`, async () => {
      const tables = await scannedTables(indexed, (session) =>
        readPage(session, readListQuery({ category: 'kitchen' }), columns, readParts),
      );
      assert.deepEqual(tables, indexed ? [] : ['categories', 'products', 'reviews']);
    });
  }
}

/** Tables that some statement of the work reads without a key. */
async function scannedTables(
  indexed: boolean,
  work: (session: Session) => Promise<unknown>,
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
    };
    await work(session);
    return [...scanned].sort();
  });
}
