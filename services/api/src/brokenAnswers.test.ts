import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { allOptimizations } from './optimizations/choice.ts';
import type { OptimizationName } from './optimizations/index.ts';
import {
  type Caller,
  Client,
  type Customer,
  plantCanaries,
  removeCanaries,
  signIn,
} from './testing/canaries.ts';
import { FaultyServer } from './testing/faultyServer.ts';
import { askAs } from './testing/hunt.ts';
import { forgetCachedAnswers, testServers } from './testing/servers.ts';
import { seedTestDatabase, startShop, type TestShop, untilReady } from './testing/shop.ts';

/** Servers that end in the middle of an answer, or answer with a failure: never a wrong or half answer of ours. */
const fast = ['indexes', 'connection-pool', 'batched-queries'] as const;
const paths = ['/products?category=kitchen&limit=7', '/products/12', '/products/12/related'];

let reference: Map<string, string>;
let customer: Customer;
before(async () => {
  await seedTestDatabase();
  const shop = await startShop(fast);
  reference = new Map();
  for (const path of paths) reference.set(path, (await shop.get(path)).body);
  await shop.close();
});
beforeEach(async () => {
  await forgetCachedAnswers();
  [customer] = (await plantCanaries()) as [Customer];
});
after(removeCanaries);

describe('the database', () => {
  for (const on of [[], fast, allOptimizations()]) {
    test(`[${on.length === 0 ? 'all off' : on === fast ? fast.join() : 'all on'}] ends in the middle of an answer: a 503, or all of it`, async (context) => {
      const mysql = await FaultyServer.before(testServers().mysqlUrl);
      const { shop } = await open(context, on, { MYSQL_URL: mysql.url }, mysql);
      let refused = 0;
      // In the greeting, in the answer to the password, in the columns, between two rows.
      for (const bytes of [3, 60, 105, 300, 900, 2500]) {
        mysql.cutAnswersAfter(bytes);
        for (const path of paths) {
          const { status, body, headers } = await shop.get(path);
          if (status === 200) assert.ok(body === reference.get(path), `${path} is not whole`);
          else assert.deepEqual([status, headers.get('retry-after')], [503, '1'], body);
          if (status === 503) refused += 1;
        }
      }
      assert.ok(refused > 0);
      mysql.cutAnswersAfter(null);
      await untilReady(shop);
      await assertCatalogue(shop);
    });
  }
});

describe('Redis', () => {
  const breaks = [
    ...[0, 3, 20].map((bytes) => ({
      name: `ends after ${bytes} bytes of its answers`,
      begin: (redis: FaultyServer) => redis.cutAnswersAfter(bytes),
      end: (redis: FaultyServer) => redis.cutAnswersAfter(null),
    })),
    ...['-LOADING Redis is loading the dataset in memory\r\n', '-ERR something failed\r\n'].map((answer) => ({
      name: `answers ${JSON.stringify(answer)}`,
      begin: (redis: FaultyServer) => redis.answerAllWith(Buffer.from(answer)),
      end: (redis: FaultyServer) => redis.answerAllWith(null),
    })),
  ];

  test('as a cache: every answer is whole, and none of the broken ones stays', async (context) => {
    const redis = await FaultyServer.before(testServers().redisUrl);
    const { shop } = await open(context, [...fast, 'redis-cache'], { REDIS_URL: redis.url }, redis);
    for (const { begin, end } of breaks) {
      await assertCatalogue(shop);
      begin(redis);
      await assertCatalogue(shop);
      end(redis);
      await untilReady(shop);
      await assertCatalogue(shop);
    }
  });

  test('as the store of sessions: a page is a 503 and nobody else’s, and opens again', async (context) => {
    const redis = await FaultyServer.before(testServers().redisUrl);
    const opened = await open(context, [...fast, 'redis-sessions'], { REDIS_URL: redis.url }, redis);
    for (const { name, begin, end } of breaks) await assertPageBreaks(opened, name, begin, end, redis);
  });
});

test('Memcached as the store of sessions: a page is a 503 and nobody else’s, and opens again', async (context) => {
  const memcached = await FaultyServer.before(testServers().memcachedUrl);
  const on = [...fast, 'memcached-sessions'] as const;
  const opened = await open(context, on, { MEMCACHED_URL: memcached.url }, memcached);
  const outOfMemory = Buffer.alloc(24);
  outOfMemory.set([0x81, 0x1d, 0, 0, 0, 0, 0, 0x82]);
  for (const bytes of [0, 10, 24, 30]) {
    await assertPageBreaks(
      opened,
      `ends after ${bytes} bytes`,
      (server) => server.cutAnswersAfter(bytes),
      (server) => server.cutAnswersAfter(null),
      memcached,
    );
  }
  for (const answer of [
    outOfMemory,
    Buffer.from('SERVER_ERROR something that is no binary answer at all\r\n'),
  ]) {
    await assertPageBreaks(
      opened,
      `answers ${JSON.stringify(answer.toString('latin1'))}`,
      (server) => server.answerAllWith(answer),
      (server) => server.answerAllWith(null),
      memcached,
    );
  }
});

interface Opened {
  shop: TestShop;
  client: Client;
}

async function open(
  context: TestContext,
  on: readonly OptimizationName[],
  environment: NodeJS.ProcessEnv,
  door: FaultyServer,
): Promise<Opened> {
  const shop = await startShop(on, {
    SESSION_TIMEOUT_MS: '2000',
    DB_QUERY_TIMEOUT_MS: '2000',
    ...environment,
  });
  const client = new Client(shop.url);
  context.after(async () => {
    client.close();
    await shop.close();
    await door.shut();
  });
  await untilReady(shop);
  return { shop, client };
}

async function assertCatalogue(shop: TestShop): Promise<void> {
  for (const path of paths) {
    const { status, body } = await shop.get(path);
    assert.equal(status, 200, body);
    assert.ok(body === reference.get(path), `${path} is not whole`);
  }
}

async function assertPageBreaks(
  { shop, client }: Opened,
  name: string,
  begin: (door: FaultyServer) => void,
  end: (door: FaultyServer) => void,
  door: FaultyServer,
): Promise<void> {
  await signIn(client, customer);
  const page = () => askAs(client, customer satisfies Caller, { method: 'GET', path: '/account' });
  begin(door);
  const broken = await page();
  assert.deepEqual([broken.status, broken.headers['retry-after']], [503, '1'], `${name}: ${broken.body}`);
  end(door);
  await untilReady(shop);
  const whole = await page();
  assert.deepEqual([whole.status, whole.body.includes(customer.canary)], [200, true], name);
}
