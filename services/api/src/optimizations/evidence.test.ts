import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { RowDataPacket } from 'mysql2/promise';
import { signInWithForm } from '../behaviour/signIn.ts';
import { forgetCachedAnswers, untilListening, withMysql } from '../testing/servers.ts';
import { seedTestDatabase, startShop, type TestShop, untilReady } from '../testing/shop.ts';
import { toldByRedis } from '../wiring/caches.ts';
import type { OptimizationName } from './index.ts';

before(seedTestDatabase);

type Ask = () => Promise<unknown>;
const list = async (shop: TestShop): Promise<Ask> => {
  return () => shop.json('/products?category=garden');
};
const product = async (shop: TestShop): Promise<Ask> => {
  return () => shop.json('/products/21');
};
const account = async (shop: TestShop): Promise<Ask> => {
  const cookie = await signInWithForm(shop, 21);
  return async () => assert.equal((await shop.get('/account', { headers: { cookie } })).status, 200);
};

/**
 * What each switch says must move, by the database's own counters; rows that are examined are in rowsExamined.test.ts.
 * A counter is that of five requests whose like was asked before.
 */
const base: readonly OptimizationName[] = ['indexes', 'connection-pool', 'batched-queries'];
const rows: readonly {
  name: OptimizationName;
  over: readonly OptimizationName[];
  asks: (shop: TestShop) => Promise<Ask>;
  counter: 'Connections' | 'Com_select' | 'Questions' | 'Bytes_sent';
  /** With it at most so much of what it is without. */
  atMost: number;
}[] = [
  { name: 'connection-pool', over: ['indexes'], asks: product, counter: 'Connections', atMost: 0.1 },
  { name: 'batched-queries', over: ['indexes'], asks: list, counter: 'Com_select', atMost: 0.2 },
  { name: 'column-projection', over: base, asks: list, counter: 'Bytes_sent', atMost: 0.6 },
  { name: 'denormalized-rating', over: base, asks: list, counter: 'Com_select', atMost: 0.9 },
  { name: 'redis-cache', over: base, asks: list, counter: 'Questions', atMost: 0.1 },
  { name: 'memory-cache', over: base, asks: list, counter: 'Questions', atMost: 0.1 },
  { name: 'view-cache', over: ['redis-sessions'], asks: account, counter: 'Questions', atMost: 0.1 },
  { name: 'fragment-cache', over: ['redis-sessions'], asks: account, counter: 'Questions', atMost: 0.1 },
  { name: 'redis-sessions', over: ['view-cache'], asks: account, counter: 'Questions', atMost: 0.1 },
  { name: 'memcached-sessions', over: ['view-cache'], asks: account, counter: 'Questions', atMost: 0.1 },
];
for (const { name, over, asks, counter, atMost } of rows) {
  test(`${name}: ${counter} are at most ${atMost} of what they are without it`, async () => {
    const without = await counted(over, asks, counter);
    const withIt = await counted([...over, name], asks, counter);
    assert.ok(without >= 5, `${counter} do not show it: ${without}`);
    assert.ok(withIt <= without * atMost, `${withIt} instead of ${without}`);
  });
}

async function counted(
  on: readonly OptimizationName[],
  asks: (shop: TestShop) => Promise<Ask>,
  counter: string,
): Promise<number> {
  await forgetCachedAnswers();
  // One answer of Redis that is late would be a second without the cache.
  const shop = await startShop(on, { REDIS_TIMEOUT_MS: '5000' });
  try {
    await untilReady(shop);
    if (toldByRedis.some((name) => on.includes(name))) await untilListening(1);
    const ask = await asks(shop);
    await ask();
    await ask();
    return await withMysql(async (connection) => {
      const read = async () => {
        const [status] = await connection.query<RowDataPacket[]>('show global status like ?', [counter]);
        return Number(status[0]?.Value);
      };
      await read();
      const start = await read();
      // What asking for the counter costs itself.
      const asking = (await read()) - start;
      const before = await read();
      for (let request = 0; request < 5; request += 1) await ask();
      return (await read()) - before - asking;
    });
  } finally {
    await shop.close();
  }
}
