import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import type { RowDataPacket } from 'mysql2/promise';
import { readConfig } from '../config.ts';
import type { OptimizationName } from '../optimizations/index.ts';
import { testDatabase, testServers, withMysql } from '../testing/servers.ts';
import { seedTestDatabase, startShop } from '../testing/shop.ts';
import { openDatabase } from '../wiring/database.ts';
import type { Database, Session } from './database.ts';
import { schemaName } from './schema.ts';

before(seedTestDatabase);

describe('works that do not need each other', () => {
  const connections = async (on: readonly OptimizationName[]) => {
    const database = open(on);
    try {
      const statement = 'select connection_id() as id';
      const ids = await database.use((session) =>
        session.all([
          () => session.rows<{ id: number }>(statement),
          () => session.rows<{ id: number }>(statement),
          () => session.rows<{ id: number }>(statement),
        ]),
      );
      return new Set(ids.flat().map(({ id }) => id)).size;
    } finally {
      await database.close();
    }
  };

  test('take a connection each with parallel-awaits and a pool', async () => {
    assert.equal(await connections(['connection-pool', 'parallel-awaits']), 3);
  });
  for (const on of [[], ['connection-pool'], ['parallel-awaits']] as const) {
    test(`share the connection of the request with ${on.join(' and ') || 'neither'}`, async () => {
      assert.equal(await connections(on), 1);
    });
  }

  for (const on of [
    [],
    ['connection-pool'],
    ['parallel-awaits'],
    ['connection-pool', 'parallel-awaits'],
  ] as const) {
    test(`one fails, all fail, and the next work is done: ${on.join(' and ') || 'neither'}`, async (context) => {
      const database = open(on);
      context.after(() => database.close());
      await assert.rejects(
        database.use((session) =>
          session.all([() => session.rows('select 1 as one'), () => session.rows('select nothing')]),
        ),
        /nothing/,
      );
      assert.deepEqual(await database.use((session) => session.rows('select 2 as two')), [{ two: 2 }]);
    });
  }
});

describe('a failed statement', () => {
  for (const on of [[], ['prepared-statements']] as const) {
    test(`is told without its values: ${on.join() || 'as text'}`, async (context) => {
      const database = open(on);
      context.after(() => database.close());
      const sql = 'select ? as given, nothing';
      await assert.rejects(
        database.use((session) => session.rows(sql, ['a secret of Ada'])),
        (error: Error & { sql?: string }) => error.sql === sql && !inspect(error).includes('Ada'),
      );
    });
  }
});

describe('work under a lock', () => {
  test('is done by one at a time, whatever the sessions are spread over, and by the next when it fails', async (context) => {
    const works = 12;
    const database = open(['connection-pool', 'parallel-awaits'], { DB_POOL_SIZE: String(works) });
    context.after(() => database.close());
    let inside = 0;
    let finished = 0;
    const outcomes = await Promise.allSettled(
      Array.from({ length: works }, (_, index) =>
        database.locked('a lock of the tests', async (session) => {
          inside += 1;
          assert.equal(inside, 1);
          // All others are there and want to come in.
          while ((await waitingForLocks(session)) < works - 1 - finished);
          inside -= 1;
          finished += 1;
          if (index % 4 === 3) throw new Error('failed');
        }),
      ),
    );
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 3);
  });
});

describe('prepared statements', () => {
  let database: Database;
  before(() => {
    database = open(['connection-pool', 'prepared-statements'], { DB_POOL_SIZE: '1' });
  });
  after(() => database.close());

  test('values of every kind arrive and come back as they do in text', async () => {
    const text = open(['connection-pool']);
    const values = ['Ü?', 5, -7, 2 ** 40, 1.5, null, new Date('2026-01-02T03:04:05Z')];
    const sql = 'select ? as a, ? as b, ? as c, ? as d, ? + 0e0 as e, ? as f, cast(? as datetime) as g';
    const rows = await database.use((session) => session.rows(sql, values));
    assert.deepEqual(rows, await text.use((session) => session.rows(sql, values)));
    await text.close();
  });

  test('lists of all lengths find what is in them', async () => {
    for (const length of [1, 2, 3, 5, 8, 13]) {
      const ids = Array.from({ length }, (_, index) => 100 + index);
      const rows = await database.use((session) =>
        session.rows<{ id: number }>('select id from products where id in (?) order by id', [ids]),
      );
      assert.deepEqual(
        rows.map(({ id }) => id),
        ids,
      );
    }
  });

  test('a statement is prepared once, whatever its values and the length of its lists', async (context) => {
    const shop = await startShop(
      ['connection-pool', 'batched-queries', 'prepared-statements', 'indexes', 'keyset-paging'],
      { DB_POOL_SIZE: '1' },
    );
    context.after(() => shop.close());
    const ask = async (categories: readonly string[]) => {
      for (const category of categories) await shop.json(`/products?category=${category}&limit=20&offset=20`);
    };
    await ask(['kitchen', 'audio', 'photo', 'garden', 'office']);
    const before = await counter('Com_stmt_prepare');
    const executed = await counter('Com_stmt_execute');
    await ask(['camping', 'cycling', 'storage', 'kitchen']);
    assert.equal(await counter('Com_stmt_prepare'), before);
    assert.equal(await counter('Com_stmt_execute'), executed + 4 * 7);
  });
});

function open(on: readonly OptimizationName[], environment: NodeJS.ProcessEnv = {}): Database {
  const config = readConfig({
    MYSQL_URL: testServers().mysqlUrl,
    SHOP_OPTIMIZATIONS: on.join(','),
    ...environment,
  });
  return openDatabase(config, schemaName(testDatabase, false));
}

async function waitingForLocks(session: Session): Promise<number> {
  const [row] = await session.rows<{ waiting: number | string }>(
    "select count(*) as waiting from information_schema.processlist where state = 'User lock'",
  );
  return Number(row?.waiting);
}

async function counter(name: string): Promise<number> {
  return withMysql(async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>('show global status like ?', [name]);
    return Number(rows[0]?.Value);
  });
}
