import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { allOptimizations } from './optimizations/choice.ts';
import type { OptimizationName } from './optimizations/index.ts';
import { Books, linesOf, ordered, orderUntilPlaced } from './testing/books.ts';
import { FaultyServer } from './testing/faultyServer.ts';
import { order, ordersDatabase, rowsOf, seedOrdersDatabase, startOrdersShop } from './testing/orders.ts';
import { testServers, withMysql } from './testing/servers.ts';
import { type TestShop, untilReady } from './testing/shop.ts';
import { Tally } from './testing/tally.ts';
import { until } from './testing/until.ts';

/** `whole`: as many orders as it takes to believe it, beside the few that show that it works. */
const whole = process.env.ORDER_FAULTS === 'whole';

before(seedOrdersDatabase);

const ways: readonly { name: string; on: readonly OptimizationName[] }[] = [
  { name: 'all off', on: [] },
  { name: 'all on', on: allOptimizations() },
];

describe('the database goes away while orders are placed', () => {
  for (const { name, on } of ways) {
    for (const fault of ['cut', 'hung'] as const) {
      test(`${name}, ${fault}: whoever sends again with the same key has one order, and every piece is accounted for`, {
        timeout: 300_000,
      }, async (context) => {
        const mysql = await FaultyServer.before(testServers().mysqlUrl);
        const shop = await startOrdersShop(on, { MYSQL_URL: mysql.url, DB_QUERY_TIMEOUT_MS: '300' });
        context.after(async () => {
          await shop.close();
          await mysql.shut().catch(() => {});
        });
        await untilReady(shop);
        const books = await booksOf(shop);
        const users = 8;
        const ordersEach = whole ? 150 : 8;
        const total = users * ordersEach;
        const placed = new Tally();
        const refused = new Tally();
        const bought = Promise.all(
          Array.from({ length: users }, async (_, user) => {
            for (let nth = 0; nth < ordersEach; nth += 1) {
              await orderUntilPlaced(shop, 1700 + user, linesOf(user + nth), refused);
              placed.add();
            }
          }),
        );
        const strikes = whole ? 12 : 3;
        for (let strike = 0; strike < strikes; strike += 1) {
          // At moments spread over the work, whatever the machine's speed.
          await Promise.race([placed.more(Math.ceil(total / (whole ? 14 : 5))), bought]);
          if (fault === 'cut') {
            await mysql.shut();
            await Promise.race([refused.more(users), bought]);
            await mysql.open();
          } else {
            mysql.hang();
            // What else is under way then goes on where it hangs.
            await Promise.race([refused.more(1), bought]);
            mysql.recover();
          }
        }
        await bought;
        assert.ok(refused.count >= strikes, `${refused.count} tries met ${strikes} faults`);
        assert.equal(await books.balance(), total);
      });
    }
  }
});

test('killed between the commit and the answer, the order is there, and sent again it is the same', async (context) => {
  const mysql = await FaultyServer.before(testServers().mysqlUrl);
  const shop = await startOrdersShop(['connection-pool'], {
    MYSQL_URL: mysql.url,
    DB_QUERY_TIMEOUT_MS: '1000',
  });
  context.after(async () => {
    await shop.close();
    await mysql.shut().catch(() => {});
  });
  const books = await booksOf(shop);
  const key = crypto.randomUUID();
  const lines = linesOf(1);
  mysql.leaveUnanswered('commit');
  const lost = await order(shop, 1710, lines, key);
  assert.equal(lost.status, 503);
  assert.equal(mysql.unanswered, 1);
  mysql.leaveUnanswered(null);
  const again = await order(shop, 1710, lines, key);
  assert.equal(again.status, 201);
  assert.equal(await books.balance(), 1);
});

test('cut before the commit nothing is there, and sent again it is placed', async (context) => {
  const mysql = await FaultyServer.before(testServers().mysqlUrl);
  const shop = await startOrdersShop([], { MYSQL_URL: mysql.url, DB_QUERY_TIMEOUT_MS: '1000' });
  context.after(async () => {
    await shop.close();
    await mysql.shut().catch(() => {});
  });
  const books = await booksOf(shop);
  for (const statement of [
    'insert into idempotency_keys',
    'update products',
    'insert into orders',
    'insert into emails',
    'update idempotency_keys',
  ]) {
    const key = crypto.randomUUID();
    const before = await books.orders();
    mysql.leaveUnanswered(statement);
    assert.equal((await order(shop, 1711, linesOf(2), key)).status, 503, statement);
    mysql.leaveUnanswered(null);
    assert.equal(await books.orders(), before, statement);
    assert.equal((await order(shop, 1711, linesOf(2), key)).status, 201, statement);
  }
  await books.balance();
});

test('a pool that is too small for all refuses some at once and serves the rest', async (context) => {
  const users = whole ? 500 : 100;
  const shop = await startOrdersShop(['connection-pool', 'indexes'], {
    DB_POOL_SIZE: '4',
    DB_POOL_QUEUE: '40',
  });
  context.after(() => shop.close());
  const books = await booksOf(shop);
  const answers = await Promise.all(
    Array.from({ length: users }, (_, user) => order(shop, 1 + user, linesOf(user))),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  for (const status of statuses) assert.ok(status === 201 || status === 503, `status ${status}`);
  const refused = answers.filter(({ status }) => status === 503);
  for (const answer of refused) assert.equal(answer.headers.get('retry-after'), '1');
  assert.equal(await books.balance(), users - refused.length);
  assert.ok(refused.length < users);
});

test('orders for the same products never wait for each other in a circle', async (context) => {
  const users = 16;
  const ordersEach = whole ? 60 : 6;
  const shop = await startOrdersShop(['indexes']);
  context.after(() => shop.close());
  const books = await booksOf(shop);
  const before = await deadlocks();
  await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      for (let nth = 0; nth < ordersEach; nth += 1) {
        // As a customer would name them: in no order.
        const lines = linesOf(user * 7 + nth * 3);
        const answer = await order(shop, 1730 + user, nth % 2 === 0 ? lines : lines.toReversed());
        assert.equal(answer.status, 201, answer.body);
      }
    }),
  );
  assert.equal((await deadlocks()) - before, 0);
  assert.equal(await books.balance(), users * ordersEach);
});

test('a deadlock with somebody else costs a try, not the order', async (context) => {
  const shop = await startOrdersShop(['connection-pool']);
  context.after(() => shop.close());
  const books = await booksOf(shop);
  const before = await deadlocks();
  const [one, other] = [ordered[0], ordered[9]];
  const placed = await withMysql(async (stranger) => {
    await stranger.query(`use ${ordersDatabase}_plain`);
    await stranger.query('start transaction');
    // The one that has changed less is given up: the order, not this.
    await stranger.query(
      'update products set weight_grams = weight_grams + 1 where id between 1000 and 1200',
    );
    await stranger.query('update products set weight_grams = weight_grams + 1 where id = ?', [other]);
    const answer = order(shop, 1750, [
      { productId: one, quantity: 1 },
      { productId: other, quantity: 1 },
    ]);
    const orderWaits = async () => {
      const [waiting] = await rowsOf(
        shop,
        `select count(*) n from information_schema.innodb_trx where trx_state = 'LOCK WAIT'`,
      );
      return waiting?.n === 1;
    };
    // MariaDB makes its list of transactions anew only when nobody has asked for it for 100 ms.
    await until(orderWaits, 150);
    await stranger.query('update products set weight_grams = weight_grams + 1 where id = ?', [one]);
    await stranger.query('rollback');
    return answer;
  });
  assert.equal(placed.status, 201, placed.body);
  assert.equal((await deadlocks()) - before, 1);
  assert.equal(await books.balance(), 1);
});

function booksOf(shop: TestShop): Promise<Books> {
  return Books.open((sql, ...values) => rowsOf(shop, sql, ...values));
}

/** Since the server started. */
async function deadlocks(): Promise<number> {
  return withMysql(async (connection) => {
    const [rows] = await connection.query(`show global status like 'Innodb_deadlocks'`);
    if (Array.isArray(rows) && rows.length > 0) return Number((rows[0] as { Value: string }).Value);
    const [metrics] = await connection.query(
      `select count as n from information_schema.innodb_metrics where name = 'lock_deadlocks'`,
    );
    return Number((metrics as { n: number }[])[0]?.n ?? 0);
  });
}
