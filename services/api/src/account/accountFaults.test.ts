import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import type { OptimizationName } from '../optimizations/index.ts';
import { Client, type Customer, plantCanaries, removeCanaries, signIn } from '../testing/canaries.ts';
import { FaultyServer } from '../testing/faultyServer.ts';
import { askAs } from '../testing/hunt.ts';
import { countSelects, forgetCachedAnswers, testServers, withRedis } from '../testing/servers.ts';
import { seedTestDatabase, startShop, type TestShop, untilReady } from '../testing/shop.ts';
import { Tally } from '../testing/tally.ts';

/** The account page while the store of its caches is away, full or emptied, and how often it is loaded. */
const cached = ['view-cache', 'fragment-cache', 'indexes', 'connection-pool'] as const;
let customer: Customer;

before(seedTestDatabase);
beforeEach(async () => {
  await forgetCachedAnswers();
  [customer] = (await plantCanaries()) as [Customer];
});
after(removeCanaries);

describe('the account page', () => {
  for (const { fault, begin, end } of [
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
  ]) {
    test(`Redis ${fault}: the same page without it, and what was changed meanwhile is not served from it afterwards`, async (context) => {
      const { shop, client, redis } = await open(context, cached);
      const whole = await page(client);
      assert.equal(await page(client), whole);
      await begin(redis);
      assert.equal(await page(client), whole);
      await changeStreet(client, '2 Other Street');
      assert.match(await page(client), /2 Other Street/);
      await end(redis);
      await untilReady(shop);
      // Redis holds the old page until the shop has told it of the change.
      for (let time = 0; time < 20; time += 1) assert.match(await page(client), /2 Other Street/);
    });
  }

  test('Redis emptied or full under load: every page is whole', async (context) => {
    const { client } = await open(context, cached);
    const whole = await page(client);
    const users = 8;
    const pages = new Tally();
    let over = false;
    const load = Promise.all(
      Array.from({ length: users }, async () => {
        for (; !over; pages.add()) assert.equal(await page(client), whole);
      }),
    );
    // Of these no more than one for each user was asked for before; a page that is not whole ends the wait.
    const underLoad = () => Promise.race([pages.more(users * 2), load]);
    await withRedis(async (redis) => {
      const [, limit = '0'] = (await redis.config('GET', 'maxmemory')) as string[];
      context.after(() => withRedis((again) => again.config('SET', 'maxmemory', limit)));
      for (let time = 0; time < 5; time += 1) {
        await redis.flushall();
        await underLoad();
      }
      await redis.config('SET', 'maxmemory', '1');
      await redis.set('full', '1').then(
        () => assert.fail('it takes what it should refuse'),
        (error: Error) => assert.match(error.message, /OOM/),
      );
      await forgetCachedAnswers();
      await underLoad();
      await redis.config('SET', 'maxmemory', limit);
    });
    await underLoad();
    over = true;
    await load;
    assert.equal(await page(client), whole);
  });

  test('200 requests for one missing page to two processes load it at most twice', async (context) => {
    const shops = [
      await open(context, ['view-cache', 'indexes'], '5000'),
      await open(context, ['view-cache', 'indexes'], '5000'),
    ];
    await page(shops[0]?.client ?? assert.fail());
    const loads = async (ask: () => Promise<unknown>) => {
      await forgetCachedAnswers();
      const before = await countSelects();
      await ask();
      return (await countSelects()) - before;
    };
    const session = 1;
    const once = await loads(() => page(shops[0]?.client ?? assert.fail()));
    const all = await loads(() =>
      Promise.all(Array.from({ length: 200 }, (_, index) => page(shops[index % 2]?.client ?? assert.fail()))),
    );
    // Each request reads its session besides.
    assert.ok(all - 200 * session <= 2 * (once - session), `${once} statements alone, ${all} of two hundred`);
  });
});

async function open(
  context: TestContext,
  on: readonly OptimizationName[],
  redisTimeoutMs = '500',
): Promise<{ shop: TestShop; client: Client; redis: FaultyServer }> {
  const redis = await FaultyServer.before(testServers().redisUrl);
  const shop = await startShop(on, { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: redisTimeoutMs });
  const client = new Client(shop.url);
  context.after(async () => {
    client.close();
    await shop.close();
    await redis.shut().catch(() => {});
  });
  await untilReady(shop);
  await signIn(client, customer);
  return { shop, client, redis };
}

async function page(client: Client): Promise<string> {
  const { status, body } = await askAs(client, customer, { method: 'GET', path: '/account' });
  assert.equal(status, 200, body);
  return body;
}

async function changeStreet(client: Client, street: string): Promise<void> {
  const { status, body } = await askAs(client, customer, {
    method: 'PATCH',
    path: '/profile',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ street }),
  });
  assert.equal(status, 200, body);
}
