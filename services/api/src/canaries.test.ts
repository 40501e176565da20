import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import type { RepresentationCache } from './cache/representation.ts';
import { allOptimizations } from './optimizations/choice.ts';
import { type OptimizationName, optimizations } from './optimizations/index.ts';
import {
  type Caller,
  Client,
  type Customer,
  plantCanaries,
  removeCanaries,
  signIn,
} from './testing/canaries.ts';
import { assertStoresAreClean, dumped } from './testing/dumps.ts';
import { askAs, hunt, leaksIn, type Place, placesOf, ways } from './testing/hunt.ts';
import { startListableMemcached } from './testing/memcached.ts';
import { ordersOfAnother } from './testing/orderHunt.ts';
import { forgetCachedAnswers, inBothSchemas, testDatabase, withRedis } from './testing/servers.ts';
import { seedTestDatabase, startShop, untilReady } from './testing/shop.ts';
import { type Caches, openCaches } from './wiring/caches.ts';

/**
 * Caches keep people apart: three callers, two of them with a string of their own in everything that is theirs, ask for
 * everything in many ways and orders, and nobody ever receives the string of another. A switch alone is tried in all ways
 * on the routes where it works; CANARIES=long tries everything on every variant, and a minute of mixed callers.
 */
const isLong = process.env.CANARIES === 'long';
const mixedMs = isLong ? 60_000 : 700;
const mixedAtOnce = isLong ? 200 : 60;

/** What makes requests cheap enough to send thousands of them. */
const base = [
  'indexes',
  'connection-pool',
  'batched-queries',
  'linear-related',
  'precompiled-templates',
] as const;
const cachingSwitches = optimizations.filter(({ group }) => group === 'caching');
const variants: readonly {
  name: string;
  on: readonly OptimizationName[];
  where: readonly string[];
  orders: number;
}[] = [
  ...cachingSwitches.map(({ name, where }) => ({
    name,
    on: [...base, name],
    where: isLong ? ['*'] : where,
    orders: isLong ? 6 : 1,
  })),
  { name: 'all optimizations', on: allOptimizations(), where: ['*'], orders: isLong ? 6 : 2 },
];

const anonymous: Caller = { name: 'somebody', id: null, canary: null, headers: {} };
let customers: Customer[];

before(seedTestDatabase);
beforeEach(async () => {
  customers = await plantCanaries();
});
after(removeCanaries);

for (const [index, { name, on, where, orders }] of variants.entries()) {
  describe(name, () => {
    test('nobody receives what is of another', { timeout: isLong ? 900_000 : 120_000 }, async (context) => {
      const memcachedUrl = on.includes('memcached-sessions') ? await startListableMemcached(context) : null;
      const { client, callers, places, caches } = await open(context, on, { memcachedUrl });
      for (let turn = 0; turn < orders; turn += 1) {
        // Each variant begins with another order; the memory of the service is emptied with everything else.
        await forgetEverything();
        // Sessions may have been among it.
        for (const customer of customers) await signIn(client, customer);
        const order = permutations(callers)[(index + turn) % 6] ?? callers;
        const leaks = await hunt(client, order, places, ({ route }) =>
          where.includes('*') || where.includes(`GET ${route}`) ? ways : ways.slice(0, 1),
        );
        assert.deepEqual(leaks, []);
      }
      await assertOwnIsSeen(client);
      assert.deepEqual(await mix(client, callers, places), []);
      const stores = { answers: caches.answers, memcachedUrl, folder: null };
      await assertStoresAreClean(stores, customers, on);
      assert.deepEqual(await ordersOfAnother(client, customers, anonymous), []);
      assert.deepEqual(await afterChanges(client, callers, places), []);
      await assertStoresAreClean(stores, customers, on);
    });
  });
}

for (const { what, leak } of [
  {
    what: 'pages kept without their customer',
    leak: (caches: Caches): Caches => ({ ...caches, views: caches.views.map(forgettingWho) }),
  },
  {
    what: 'sections kept without their customer',
    leak: (caches: Caches): Caches => ({
      ...caches,
      fragments: caches.fragments?.map(forgettingWho) ?? null,
    }),
  },
] as const) {
  test(`the hunt finds a leak: ${what}`, { timeout: 120_000 }, async (context) => {
    const on = [...base, what.startsWith('pages') ? 'view-cache' : 'fragment-cache'] as const;
    const { client, callers, places, caches } = await open(context, on, { change: leak });
    const account = places.filter(({ route }) => route === '/account');
    const found = await hunt(client, callers, account);
    assert.ok(
      found.some((line) => /Ada.*got what is Bob's|Bob.*got what is Ada's/.test(line)),
      found.join('\n'),
    );
    const stores = { answers: caches.answers, memcachedUrl: null, folder: null };
    assert.ok((await dumped(stores, customers)).found.length > 0, 'the dump finds it, too');
  });
}

test('every address that can be asked for is one of the hunted', async (context) => {
  const { client, places } = await open(context, []);
  const { body } = await client.send({ method: 'GET', path: '/openapi.json' });
  const { paths } = JSON.parse(body) as { paths: Record<string, object> };
  const hunted = new Set(places.map(({ route }) => route));
  // Pictures, styles and the page of the document are files: the same for everybody, and nobody's.
  const files = /^\/(docs|images|assets)\b/;
  const asked = Object.entries(paths)
    .filter(([, methods]) => 'get' in methods)
    .map(([path]) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
  assert.deepEqual(
    asked.filter((path) => !files.test(path) && !hunted.has(path)),
    [],
  );
});

interface Opened {
  client: Client;
  callers: readonly Caller[];
  places: readonly Place[];
  caches: Caches;
}

async function open(
  context: TestContext,
  on: readonly OptimizationName[],
  {
    memcachedUrl = null,
    change = (caches) => caches,
  }: { memcachedUrl?: string | null; change?(caches: Caches): Caches } = {},
): Promise<Opened> {
  await forgetCachedAnswers();
  let caches: Caches | undefined;
  const shop = await startShop(
    on,
    // Redis shares the machine with everything else here.
    { REDIS_TIMEOUT_MS: '5000', ...(memcachedUrl === null ? {} : { MEMCACHED_URL: memcachedUrl }) },
    {
      openCaches(deps) {
        caches = change(openCaches(deps));
        return caches;
      },
    },
  );
  context.after(() => shop.close());
  await untilReady(shop);
  const client = new Client(shop.url);
  context.after(() => client.close());
  for (const customer of customers) await signIn(client, customer);
  const callers = [...customers, anonymous];
  return { client, callers, places: placesOf(customers), caches: caches ?? assert.fail('no caches') };
}

/** Otherwise there would be nothing to find. */
async function assertOwnIsSeen(client: Client): Promise<void> {
  for (const customer of customers) {
    for (const path of ['/account', '/profile', '/orders', `/orders/${customer.orderId}`]) {
      const { body } = await askAs(client, customer, { method: 'GET', path });
      assert.ok(body.includes(customer.canary), `${customer.name} does not see the own ${path}: ${body}`);
    }
  }
}

/** Everybody at once, with changes between, so that loads of one meet questions of another. */
async function mix(client: Client, callers: readonly Caller[], places: readonly Place[]): Promise<string[]> {
  const leaks: string[] = [];
  const endsAtMs = performance.now() + mixedMs;
  let asked = 0;
  await Promise.all(
    Array.from({ length: mixedAtOnce }, async () => {
      do {
        const number = asked++;
        const caller = callers[number % callers.length] ?? anonymous;
        const place = places[(number * 7) % places.length];
        if (place === undefined) return;
        if (number % 50 === 0) await changeProfile(client, customers[(number / 50) % 2] as Customer);
        const answer = await askAs(client, caller, { method: 'GET', path: place.path });
        leaks.push(
          ...leaksIn(answer, caller, callers, place).map((leak) => `${caller.name}, ${place.path}: ${leak}`),
        );
      } while (performance.now() < endsAtMs);
    }),
  );
  return leaks;
}

async function changeProfile(client: Client, customer: Customer): Promise<void> {
  const { status } = await askAs(client, customer, {
    method: 'PATCH',
    path: '/profile',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ bio: `I am ${customer.canary}.` }),
  });
  assert.equal(status, 200);
}

/** A new role, a sign-out and a deletion: what was kept for somebody before is for nobody else afterwards. */
async function afterChanges(
  client: Client,
  callers: readonly Caller[],
  places: readonly Place[],
): Promise<string[]> {
  const [ada, bob] = customers as [Customer, Customer];
  const leaks: string[] = [];
  const others = async (path: string, who: readonly Caller[]) => {
    for (const caller of who) {
      const answer = await askAs(client, caller, { method: 'GET', path });
      const place = { isPublic: places.find((one) => one.path === path)?.isPublic ?? false };
      leaks.push(
        ...leaksIn(answer, caller, callers, place).map(
          (leak) => `after changes, ${caller.name}, ${path}: ${leak}`,
        ),
      );
    }
  };
  await inBothSchemas(`update customers set role = 'staff' where id = ${bob.id}`);
  const exported = '/exports/orders.csv?from=2026-01-01&to=2026-01-02';
  assert.equal((await askAs(client, bob, { method: 'GET', path: exported })).status, 200);
  await others(exported, [ada, anonymous]);
  await inBothSchemas(`update customers set role = 'customer' where id = ${bob.id}`);
  await others(exported, [bob]);

  const signedOut = await askAs(client, ada, { method: 'POST', path: '/account/sign-out' });
  assert.equal(signedOut.status, 303);
  const again = await askAs(client, ada, { method: 'GET', path: '/account' });
  assert.deepEqual([again.status, again.body.includes(ada.canary)], [303, false]);
  await others('/account', [bob, anonymous]);

  await inBothSchemas(`delete from customers where id = ${bob.id}`);
  await inBothSchemas(`delete from profiles where customer_id = ${bob.id}`);
  for (const { path } of places) await others(path, [ada, anonymous]);
  return leaks;
}

/** As a mistake would: the same key for all customers. */
function forgettingWho(cache: RepresentationCache): RepresentationCache {
  return { get: (key, load) => cache.get(key.replace(/^\d+:user \d+/, '6:public'), load) };
}

async function forgetEverything(): Promise<void> {
  await forgetCachedAnswers();
  await withRedis(async (redis) => {
    for (const channel of (await redis.pubsub('CHANNELS', `${testDatabase}_*:changes`)) as string[]) {
      await redis.publish(channel, '*');
    }
  });
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  );
}
