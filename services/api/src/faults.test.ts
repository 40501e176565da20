import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { allOptimizations } from './optimizations/choice.ts';
import { FaultyServer } from './testing/faultyServer.ts';
import {
  cachedAnswer,
  countSelects,
  forgetCachedAnswers,
  testDatabase,
  testServers,
  untilListening,
  withMysql,
  withRedis,
} from './testing/servers.ts';
import {
  type Answer,
  seedTestDatabase,
  startShop,
  type TestShop,
  untilReady,
  variants,
} from './testing/shop.ts';
import { until } from './testing/until.ts';

before(seedTestDatabase);
beforeEach(forgetCachedAnswers);

describe('the database', () => {
  /** To be waited for, and long enough that a machine that stands still for a second does not make an answer late. */
  const shortTimeouts = { DB_QUERY_TIMEOUT_MS: '2000', DB_CONNECT_TIMEOUT_MS: '2000' };

  for (const { name, optimizations } of variants.filter(({ name }) =>
    /^(baseline|connection-pool|all )/.test(name),
  )) {
    test(`${name}: down is a 503 that says when to come back; back is served without a restart`, async (context) => {
      const { shop, mysql } = await behindFaultyMysql(context, optimizations);
      await mysql.shut();
      for (const path of ['/products?limit=3', '/products/3', '/readyz']) {
        assertUnavailable(await shop.get(path));
      }
      assertUnavailable(await shop.setStock(3, 1));
      assert.equal((await shop.get('/healthz')).status, 200);
      await mysql.open();
      await untilReady(shop);
      assert.equal((await shop.get('/products?limit=3')).status, 200);
    });

    test(`${name}: hung is a 503 after the time-out, and no later request waits behind it`, async (context) => {
      const { shop, mysql } = await behindFaultyMysql(context, optimizations, {
        ...shortTimeouts,
        DB_DEADLINE_MS: '5000',
      });
      mysql.hang();
      const answers = await Promise.all([1, 2, 3].map((limit) => shop.get(`/products?limit=${limit}`)));
      for (const answer of answers) assertUnavailable(answer);
      mysql.recover();
      assert.equal((await shop.get('/products?limit=4')).status, 200);
    });
  }

  for (const { name, optimizations } of variants.filter(({ name }) =>
    /^(baseline|connection-pool|all )/.test(name),
  )) {
    test(`${name}: slow is slow as long as it is in time, then a 503; back to its speed it is served`, async (context) => {
      const { shop, mysql } = await behindFaultyMysql(context, optimizations, shortTimeouts);
      mysql.delayAnswers(20);
      assert.equal((await shop.get('/products/21')).status, 200);
      mysql.delayAnswers(5000);
      for (const answer of await Promise.all([22, 23].map((id) => shop.get(`/products/${id}`)))) {
        assertUnavailable(answer);
      }
      mysql.delayAnswers(0);
      await untilReady(shop);
      for (const id of [22, 23]) assert.equal((await shop.get(`/products/${id}`)).status, 200);
    });

    test(`${name}: connections that are reset cost what was under way on them, and no later request`, async (context) => {
      const { shop, mysql } = await behindFaultyMysql(context, optimizations);
      mysql.hang();
      const underWay = [24, 25].map((id) => shop.get(`/products/${id}`));
      await until(() => mysql.held >= underWay.length);
      mysql.reset();
      mysql.recover();
      for (const answer of await Promise.all(underWay)) assertUnavailable(answer);
      await untilReady(shop);
      for (const id of [24, 25, 26]) assert.equal((await shop.get(`/products/${id}`)).status, 200);
    });
  }

  test('a pooled connection that hangs is given up, and nobody gets it again', async (context) => {
    const { shop, mysql } = await behindFaultyMysql(context, ['connection-pool'], {
      ...shortTimeouts,
      DB_POOL_SIZE: '1',
    });
    mysql.hangOpenConnections();
    assertUnavailable(await shop.get('/products?limit=1'));
    assert.equal((await shop.get('/products?limit=1')).status, 200);
  });

  test('the deadline holds for waiting and all statements together', { timeout: 60_000 }, async (context) => {
    const { shop, mysql } = await behindFaultyMysql(context, ['connection-pool'], {
      DB_POOL_SIZE: '1',
      DB_QUERY_TIMEOUT_MS: '600000',
      DB_DEADLINE_MS: '200',
    });
    mysql.hang();
    const answers = await Promise.all([1, 2, 3].map((limit) => shop.get(`/products?limit=${limit}`)));
    for (const answer of answers) assertUnavailable(answer);
    mysql.recover();
    await untilReady(shop);
  });

  test('a full pool refuses at once what its queue cannot hold, and serves the rest', async (context) => {
    const { shop, mysql } = await behindFaultyMysql(context, ['connection-pool', 'batched-queries'], {
      DB_POOL_SIZE: '2',
      DB_POOL_QUEUE: '3',
    });
    mysql.hang();
    let refused = 0;
    const answers = Array.from({ length: 8 }, async (_, index) => {
      const answer = await shop.get(`/products?limit=${index + 1}`);
      if (answer.status === 503) refused += 1;
      return answer;
    });
    await until(() => refused === 3);
    mysql.recover();
    const statuses = (await Promise.all(answers)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 503, 503, 503]);
  });

  async function behindFaultyMysql(
    context: { after(done: () => Promise<void>): void },
    optimizations: Parameters<typeof startShop>[0],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<{ shop: TestShop; mysql: FaultyServer }> {
    const mysql = await FaultyServer.before(testServers().mysqlUrl);
    const shop = await startShop(optimizations, { ...environment, MYSQL_URL: mysql.url });
    context.after(async () => {
      await shop.close();
      await mysql.shut().catch(() => {});
    });
    await untilReady(shop);
    return { shop, mysql };
  }
});

describe('Redis', () => {
  const cached = ['redis-cache', 'batched-queries', 'indexes', 'connection-pool'] as const;
  const absences = [
    {
      fault: 'down',
      begin: (redis: FaultyServer) => redis.shut(),
      end: (redis: FaultyServer) => redis.open(),
    },
    {
      fault: 'hung',
      begin: (redis: FaultyServer) => redis.hang(),
      end: (redis: FaultyServer) => redis.recover(),
    },
  ];
  let reference: TestShop;
  before(async () => {
    reference = await startShop([]);
  });
  after(() => reference.close());

  for (const optimizations of [cached, allOptimizations()]) {
    const name = optimizations.length === cached.length ? 'alone' : 'with all optimizations';

    test(`${name}: down costs nothing but the cache, also from the start`, async (context) => {
      const { shop, redis } = await behindFaultyRedis(context, optimizations);
      await redis.shut();
      for (const path of ['/products?limit=5', '/products/5', '/products?limit=5']) {
        assertSame(await shop.get(path), await reference.get(path));
      }
      const ready = await shop.get('/readyz');
      assertUnavailable(ready);
      assert.match(ready.body, /cache cannot be reached/);
      const late = await startShop(optimizations, { REDIS_URL: redis.url });
      context.after(() => late.close());
      assertSame(await late.get('/products/6'), await reference.get('/products/6'));
      await redis.open();
      await untilReady(shop);
      await untilReady(late);
    });

    test(`${name}: hung costs its time-out once, not per request`, async (context) => {
      const { shop, redis } = await behindFaultyRedis(context, optimizations);
      await shop.get('/products?limit=5');
      redis.hang();
      const paths = Array.from({ length: 40 }, (_, index) => `/products?limit=6&offset=${index}`);
      let sent = 0;
      for (const path of paths) {
        const before = redis.heldBack;
        assert.equal((await shop.get(path)).status, 200, path);
        sent += Math.max(0, redis.heldBack - before);
      }
      // One command to see that it hangs, and one each time that the breaker's rest has ended.
      assert.ok(sent < paths.length / 2, `${sent} commands were sent to a hung server`);
      redis.recover();
      await untilReady(shop);
    });

    for (const { fault, begin, end } of absences)
      test(`${name}: what was changed while it was ${fault} is not served from it afterwards`, async (context) => {
        const { shop, redis } = await behindFaultyRedis(context, optimizations);
        const id = 31;
        const old = JSON.parse((await shop.get(`/products/${id}`)).body).stock;
        await begin(redis);
        assert.equal((await shop.setStock(id, old + 5)).status, 204);
        await end(redis);
        await untilReady(shop);
        // Redis holds the old answer until the breaker lets the shop tell it of the change.
        await until(async () => {
          assert.equal(JSON.parse((await shop.get(`/products/${id}`)).body).stock, old + 5);
          return (await heldStock(id)) !== old;
        });
      });
  }

  test('an answer that a variant without validators left there gets one', async (context) => {
    const withoutHttpCache = allOptimizations('http-cache');
    const [plain, tagged] = [await startShop(withoutHttpCache), await startShop(allOptimizations())];
    context.after(() => plain.close());
    context.after(() => tagged.close());
    await untilReady(plain);
    await untilReady(tagged);
    await plain.get('/products/8');
    assert.equal((await plain.get('/products/8')).headers.get('etag'), null);
    const etag = (await tagged.get('/products/8')).headers.get('etag') ?? '';
    assert.equal((await tagged.get('/products/8', { headers: { 'if-none-match': etag } })).status, 304);
  });

  for (const { name, optimizations } of [
    { name: 'all optimizations', optimizations: allOptimizations() },
    { name: 'memory-cache alone', optimizations: ['memory-cache'] as const },
    { name: 'redis-cache alone', optimizations: ['redis-cache'] as const },
  ]) {
    test(`${name}: another process sees a changed stock`, async (context) => {
      const [here, there] = [await startShop(optimizations), await startShop(optimizations)];
      context.after(() => here.close());
      context.after(() => there.close());
      await untilReady(here);
      await untilReady(there);
      const list = '/products?category=office&limit=10';
      const item = JSON.parse((await there.get(list)).body).items[2];
      await here.get(list);
      await here.setStock(item.id, item.stock + 3);
      assert.equal(JSON.parse((await here.get(list)).body).items[2].stock, item.stock + 3);
      // The message is under way for a moment.
      await until(async () => JSON.parse((await there.get(list)).body).items[2].stock === item.stock + 3);
    });

    test(`${name}: whoever says that everything changed empties it`, async (context) => {
      // It is to hold what it was asked for, however late Redis answers.
      const shop = await startShop(optimizations, { REDIS_TIMEOUT_MS: '5000' });
      context.after(() => shop.close());
      await untilReady(shop);
      await untilListening(1);
      const old = JSON.parse((await shop.get('/products/57')).body).stock;
      const write = (stock: number) =>
        withMysql(async (connection) => {
          for (const schema of ['plain', 'indexed']) {
            await connection.query(`update ${testDatabase}_${schema}.products set stock = ? where id = 57`, [
              stock,
            ]);
          }
        });
      await write(old + 1);
      context.after(() => write(old));
      assert.equal(JSON.parse((await shop.get('/products/57')).body).stock, old);
      await forgetCachedAnswers();
      await withRedis(async (redis) => {
        for (const channel of (await redis.pubsub('CHANNELS', `${testDatabase}_*:changes`)) as string[]) {
          await redis.publish(channel, '*');
        }
      });
      await until(async () => JSON.parse((await shop.get('/products/57')).body).stock === old + 1);
    });
  }

  test('200 requests for one missing answer to five processes load it at most twice', async (context) => {
    const shops = await Promise.all(
      [1, 2, 3, 4, 5].map(() => startShop(cached, { REDIS_TIMEOUT_MS: '5000' })),
    );
    for (const shop of shops) {
      context.after(() => shop.close());
      await untilReady(shop);
    }
    const before = await countSelects();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => (shops[index % 5] as TestShop).get('/products?limit=43')),
    );
    const selects = (await countSelects()) - before;
    for (const answer of answers) assert.equal(answer.status, 200);
    // A load without a category is six statements when queries are batched.
    assert.ok(selects <= 12, `${selects} statements`);
  });

  test('memory cache: 200 requests for one missing answer load it once', async (context) => {
    const shop = await startShop(['memory-cache', 'batched-queries', 'indexes']);
    context.after(() => shop.close());
    await untilListening(1);
    const before = await countSelects();
    await Promise.all(Array.from({ length: 200 }, () => shop.get('/products?limit=44')));
    const selects = (await countSelects()) - before;
    assert.ok(selects <= 6, `${selects} statements`);
  });

  test('a load that fails is shared by those who wait and kept by nobody', async (context) => {
    const mysql = await FaultyServer.before(testServers().mysqlUrl);
    const shop = await startShop(allOptimizations(), { MYSQL_URL: mysql.url });
    context.after(async () => {
      await shop.close();
      await mysql.shut();
    });
    await untilReady(shop);
    await mysql.shut();
    const failed = await Promise.all(Array.from({ length: 50 }, () => shop.get('/products?limit=45')));
    for (const answer of failed) assertUnavailable(answer);
    await mysql.open();
    assert.equal((await shop.get('/products?limit=45')).status, 200);
  });

  async function behindFaultyRedis(
    context: { after(done: () => Promise<void>): void },
    optimizations: Parameters<typeof startShop>[0],
  ): Promise<{ shop: TestShop; redis: FaultyServer }> {
    const redis = await FaultyServer.before(testServers().redisUrl);
    const shop = await startShop(optimizations, { REDIS_URL: redis.url });
    context.after(async () => {
      await shop.close();
      await redis.shut().catch(() => {});
    });
    await untilReady(shop);
    return { shop, redis };
  }
});

/** As the shared cache holds it. */
async function heldStock(id: number): Promise<number | null> {
  const body = await cachedAnswer(`product|2:id|${String(id).length}:${id}`);
  return body === null ? null : JSON.parse(body).stock;
}

function assertUnavailable(answer: Answer): void {
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.doesNotMatch(answer.body, /select|ECONN|127\.0\.0\.1|at /i);
}

function assertSame(answer: Answer, wanted: Answer): void {
  assert.equal(answer.status, wanted.status);
  assert.ok(answer.body === wanted.body, 'the bodies differ');
}
