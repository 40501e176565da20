import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { RowDataPacket } from 'mysql2/promise';
import { readConfig } from '../config.ts';
import type { OptimizationName } from '../optimizations/index.ts';
import { FaultyServer } from '../testing/faultyServer.ts';
import { testDatabase, testServers, withMysql } from '../testing/servers.ts';
import { seedTestDatabase } from '../testing/shop.ts';
import { until } from '../testing/until.ts';
import { openDatabase } from '../wiring/database.ts';
import type { Database } from './database.ts';
import { schemaName } from './schema.ts';

const locked = 'select customer_id from profiles where customer_id = 1999 for update';
const marked = 'customer_id as held_of_these_tests';
const waiting = `select ${marked} from profiles where customer_id = 1999 for update`;

before(seedTestDatabase);

describe('a statement that is not answered in time', () => {
  const variants: readonly (readonly OptimizationName[])[] = [
    [],
    ['connection-pool'],
    ['connection-pool', 'prepared-statements', 'parallel-awaits'],
  ];
  for (const on of variants) {
    const name = on.join(' and ') || 'baseline';

    test(`does not go on in the server: ${name}`, async (context) => {
      const database = open(context, on, testServers().mysqlUrl);
      await whileLocked(async () => {
        await assert.rejects(
          database.use((session) => session.rows(waiting)),
          { status: 503 },
        );
        await untilNobodyWaits();
      });
    });
  }

  test('nor does its transaction, and what that has locked is free', async (context) => {
    const database = open(context, ['connection-pool'], testServers().mysqlUrl);
    const change = 'update profiles set bio = bio where customer_id = 1998';
    await whileLocked(async () => {
      const failing = database.transaction(async (session) => {
        // As if the server had not been told to give up waiting for locks.
        await session.change('set innodb_lock_wait_timeout = 50');
        await session.change(change);
        await session.rows(waiting);
      });
      await assert.rejects(failing, { status: 503 });
      await untilNobodyWaits();
      assert.equal(await database.use((session) => session.change(change)), 1);
    });
  });

  test('nor do the rows of a stream that nobody takes', async (context) => {
    const database = open(context, ['connection-pool'], testServers().mysqlUrl);
    await whileLocked(async () => {
      const reading = (async () => {
        for await (const _ of database.stream(waiting)) assert.fail('There are no rows.');
      })();
      await assert.rejects(reading, { status: 503 });
      await untilNobodyWaits();
    });
  });

  test('is ended when a server that could not be reached can be reached again', async (context) => {
    const mysql = await FaultyServer.before(testServers().mysqlUrl);
    context.after(() => mysql.shut());
    // It must be seen to wait, and the server to hang, before that.
    const database = open(context, ['connection-pool'], mysql.url, { DB_QUERY_TIMEOUT_MS: '3000' });
    await database.use((session) => session.rows('select 1'));
    await whileLocked(async () => {
      const failing = assert.rejects(
        database.use((session) => session.rows(waiting)),
        { status: 503 },
      );
      await until(async () => (await waitingStatements()) === 1);
      mysql.hang();
      await failing;
      assert.equal(await waitingStatements(), 1);
      mysql.recover();
      await untilNobodyWaits();
    });
  });
});

test('a connection that is older than the server is left alone: its number may be another’s by now', async (context) => {
  const database = open(context, ['connection-pool'], testServers().mysqlUrl);
  const clock = context.mock.method(performance, 'now', () => -1e9);
  const old = await database.use((session) => session.rows<{ id: number }>('select connection_id() as id'));
  clock.mock.restore();
  await whileLocked(async () => {
    const failing = [1, 2].map(() => database.use((session) => session.rows(waiting)));
    for (const { status } of await Promise.allSettled(failing)) assert.equal(status, 'rejected');
    await until(async () => (await waitingIds()).length === 1);
    assert.deepEqual(
      await waitingIds(),
      old.map(({ id }) => id),
    );
  });
});

function open(
  context: { after(done: () => Promise<void>): void },
  on: readonly OptimizationName[],
  mysqlUrl: string,
  environment: NodeJS.ProcessEnv = {},
): Database {
  const config = readConfig({
    MYSQL_URL: mysqlUrl,
    SHOP_OPTIMIZATIONS: on.join(','),
    DB_QUERY_TIMEOUT_MS: '700',
    DB_CONNECT_TIMEOUT_MS: '700',
    ...environment,
  });
  const database = openDatabase(config, schemaName(testDatabase, false));
  context.after(() => database.close());
  return database;
}

/** Somebody else holds a row that the statement wants, for far longer than the statement is waited for. */
async function whileLocked(work: () => Promise<void>): Promise<void> {
  await withMysql(async (connection) => {
    await connection.query(`use ${schemaName(testDatabase, false)}`);
    await connection.query('start transaction');
    await connection.query(locked);
    await work();
    await connection.query('rollback');
  });
}

function untilNobodyWaits(): Promise<void> {
  return until(async () => (await waitingStatements()) === 0);
}

async function waitingStatements(): Promise<number> {
  return (await waitingIds()).length;
}

/** Of their connections. */
async function waitingIds(): Promise<number[]> {
  return withMysql(async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>(
      'select id from information_schema.processlist where info like ? and id <> connection_id()',
      [`%${marked}%`],
    );
    return rows.map(({ id }) => Number(id));
  });
}
