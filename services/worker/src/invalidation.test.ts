import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { OptimizationName } from '@dyno/api/optimizations/index';
import { bearer, staff } from '@dyno/api/testing/callers';
import { FaultyServer } from '@dyno/api/testing/faultyServer';
import { testServers } from '@dyno/api/testing/servers';
import { startShop, type TestShop, untilReady } from '@dyno/api/testing/shop';
import { ownWorkDatabase, startTestWorker, until, workDatabase } from './testing/work.ts';

const cached = ['connection-pool', 'redis-cache', 'queued-email'] as const;
const customer = 17;

const database = ownWorkDatabase();

test('a change whose writer died before the shared cache heard of it is told by the worker', async (context) => {
  const redis = await doorToRedis(context);
  const writer = await openShop(context, cached, redis.url);
  const reader = await openShop(context, cached, testServers().redisUrl);
  const stock = async () => (await reader.json<{ stock: number }>('/products/31')).stock;
  const old = await stock();
  await redis.shut();
  assert.equal((await writer.setStock(31, old + 5)).status, 204);
  await writer.close();
  assert.equal(await stock(), old);
  const worker = await startTestWorker({ SHOP_OPTIMIZATIONS: cached.join(',') });
  context.after(() => worker.stop());
  await until('the answer is fresh', async () => (await stock()) === old + 5);
});

test('a worker that Redis is away from as well tells it when it is back', async (context) => {
  const redis = await FaultyServer.before(testServers().redisUrl);
  const writer = await openShop(context, cached, redis.url);
  const reader = await openShop(context, cached, testServers().redisUrl);
  const stock = async () => (await reader.json<{ stock: number }>('/products/32')).stock;
  const old = await stock();
  await redis.shut();
  assert.equal((await writer.setStock(32, old + 5)).status, 204);
  await writer.close();
  const worker = await startTestWorker({ SHOP_OPTIMIZATIONS: cached.join(','), REDIS_URL: redis.url });
  context.after(async () => {
    await worker.stop();
    await redis.shut();
  });
  assert.equal(await stock(), old);
  await redis.open();
  await until('the answer is fresh', async () => (await stock()) === old + 5);
});

describe('a change of what caches hold', () => {
  const csv = 'sku,name,summary,category,price_cents,stock,weight_grams';
  const writers: readonly { name: string; tags: string[]; write(shop: TestShop): Promise<number> }[] = [
    {
      name: 'stock',
      tags: ['product:40'],
      write: async (shop) => (await shop.setStock(40, 9)).status,
    },
    {
      name: 'review',
      tags: ['product:41', 'ratings', `customer:${customer}`],
      write: (shop) =>
        statusOf(shop, 'POST', '/products/41/reviews', { rating: 4, title: 'Good', body: 'It is.' }),
    },
    {
      name: 'profile',
      tags: [`customer:${customer}`],
      write: (shop) => statusOf(shop, 'PATCH', '/profile', { name: 'Somebody Else' }),
    },
    {
      name: 'order',
      tags: [`customer:${customer}`, 'product:40'],
      write: (shop) => statusOf(shop, 'POST', '/orders', { lines: [{ productId: 40, quantity: 1 }] }),
    },
    {
      name: 'import',
      tags: ['product:42', 'catalogue'],
      write: async (shop) => {
        const headers = { ...(await staff()), 'content-type': 'text/csv' };
        const body = `${csv}\nSKU-0000042,Lamp,Bright.,lighting,1234,17,500\n`;
        return (await shop.get('/imports/products', { method: 'POST', headers, body })).status;
      },
    },
  ];
  for (const { name, tags, write } of writers) {
    test(`${name}: stands in the outbox until the shared cache has heard of it`, async (context) => {
      const redis = await doorToRedis(context);
      const shop = await openShop(context, cached, redis.url);
      assert.ok((await write(shop)) < 300);
      await until('nothing is owed', async () => (await owed()).length === 0);
      await redis.shut();
      assert.ok((await write(shop)) < 300);
      assert.deepEqual(await owed(), tags);
      await redis.open();
      await untilReady(shop);
      await until('it is told with the next change', async () => {
        await shop.setStock(43, 9);
        return (await owed()).length === 0;
      });
    });
  }

  test('that was refused is not there, and none is where no cache is shared', async (context) => {
    const redis = await doorToRedis(context);
    const shop = await openShop(context, cached, redis.url);
    assert.equal((await shop.setStock(40, 9)).status, 204);
    await until('nothing is owed', async () => (await owed()).length === 0);
    await redis.shut();
    const lines = [{ productId: 40, quantity: 90 }];
    assert.equal(await statusOf(shop, 'POST', '/orders', { lines }), 409);
    assert.equal((await shop.setStock(999_999, 1)).status, 404);
    const alone = await openShop(context, ['connection-pool'], redis.url);
    assert.equal((await alone.setStock(40, 9)).status, 204);
    assert.deepEqual(await owed(), []);
  });
});

async function doorToRedis(context: TestContext): Promise<FaultyServer> {
  const redis = await FaultyServer.before(testServers().redisUrl);
  context.after(() => redis.shut().catch(() => {}));
  return redis;
}

/** Closed by the test or after it. */
async function openShop(
  context: TestContext,
  optimizations: readonly OptimizationName[],
  redisUrl: string,
): Promise<TestShop> {
  const shop = await startShop(optimizations, {
    SHOP_DATABASE: workDatabase,
    REDIS_URL: redisUrl,
    // A Redis that is there is to be heard, however busy the machine is.
    REDIS_TIMEOUT_MS: '5000',
  });
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= shop.close();
    return closing;
  };
  context.after(close);
  if (optimizations.includes('redis-cache')) await untilReady(shop);
  return { ...shop, close };
}

async function statusOf(shop: TestShop, method: string, path: string, content: unknown): Promise<number> {
  const headers = { ...(await bearer(customer)), 'idempotency-key': crypto.randomUUID() };
  return (await shop.send(method, path, content, headers)).status;
}

/** Tags of which the shared cache may not have heard. */
async function owed(): Promise<string[]> {
  const rows = await database.use((session) =>
    session.rows<{ payload: string }>(
      `select payload from outbox where kind = 'invalidation' and state <> 'done' order by id`,
    ),
  );
  return rows.flatMap(({ payload }) => JSON.parse(payload).tags);
}
