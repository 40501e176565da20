import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accountExchanges } from './behaviour/account.ts';
import type { Exchange } from './behaviour/exchange.ts';
import { fileExchanges } from './behaviour/files.ts';
import { healthExchanges } from './behaviour/health.ts';
import { orderExchanges } from './behaviour/orders.ts';
import { productExchanges } from './behaviour/products.ts';
import { signInExchanges } from './behaviour/signIn.ts';
import { readConfig } from './config.ts';
import { allOptimizations } from './optimizations/choice.ts';
import { type OptimizationName, optimizations } from './optimizations/index.ts';
import type { Optimization } from './optimizations/optimization.ts';
import { startShopProcess } from './testing/process.ts';
import { forgetCachedAnswers } from './testing/servers.ts';
import { seedTestDatabase, startShop, type TestShop, testEnvironment, untilReady } from './testing/shop.ts';
import { processPlan } from './wiring/processes.ts';

/**
 * Every set of optimizations gives the baseline's answers: they may differ in speed only. An area's exchanges are in
 * its file in behaviour/. All off and all on are held against all of them; each switch alone, and all without it,
 * against those on the routes where it works. BEHAVIOUR=whole holds every one of them against all exchanges.
 */
const isWhole = process.env.BEHAVIOUR === 'whole';
const exchanges: readonly Exchange[] = [
  ...healthExchanges,
  ...productExchanges,
  ...orderExchanges,
  ...accountExchanges,
  ...signInExchanges,
  ...fileExchanges,
];

interface Variant {
  name: string;
  on: readonly OptimizationName[];
  exchanges: readonly Exchange[];
  start: (on: readonly OptimizationName[]) => Promise<TestShop>;
}

type Switch = Optimization & { name: OptimizationName };
const [aroundService, inService] = split<Switch>(optimizations, ({ name }) => {
  const plan = processPlan(readConfig(testEnvironment([name])));
  return plan !== null && !plan.worker;
});
const singleRequests = exchanges.filter(({ isOneRequest }) => isOneRequest);
const variants: readonly Variant[] = [
  { name: 'all off', on: [], exchanges, start: startShop },
  { name: 'all on', on: allOptimizations(), exchanges, start: startShop },
  ...inService.flatMap(({ name, where }, index): Variant[] => [
    { name: `${name} alone`, on: [name], exchanges: thinned(exchangesOn(where), index), start: startShop },
    { name: `all but ${name}`, on: allOptimizations(name), exchanges: exchangesOn(where), start: startShop },
  ]),
  // What works around the service shows only when it is started as it is in use; alone they are in process/.
  ...[null, ...aroundService].map((off): Variant => {
    const without = off?.name ?? null;
    return {
      name: `all ${without === null ? 'on' : `but ${without}`}, as processes`,
      on: allOptimizations(without),
      exchanges: singleRequests,
      start: startShopProcess,
    };
  }),
];

/** Asked twice where the second answer may come from somewhere else. */
const caching: ReadonlySet<OptimizationName> = new Set(
  inService.filter(({ group }) => group === 'caching').map(({ name }) => name),
);

const expected = new Map<Exchange, unknown>();
before(async () => {
  await seedTestDatabase();
  await forgetCachedAnswers();
  const baseline = await startShop([]);
  for (const exchange of exchanges) expected.set(exchange, await exchange.run(baseline));
  await baseline.close();
});

for (const { name, on, exchanges, start } of variants) {
  describe(name, () => {
    let shop: TestShop;
    before(async () => {
      await forgetCachedAnswers();
      shop = await start(on);
      await untilReady(shop);
    });
    after(() => shop.close());

    const times = on.some((name) => caching.has(name)) ? ['cold', 'warm'] : ['once'];
    for (const exchange of exchanges) {
      test(exchange.name, async () => {
        for (const time of times) assert.deepEqual(await exchange.run(shop), expected.get(exchange), time);
      });
    }
  });
}

test('every switch of the service works on a route that some exchange asks', () => {
  for (const { name, where } of inService) assert.ok(exchangesOn(where).length > 0, name);
});

function exchangesOn(where: readonly string[]): readonly Exchange[] {
  if (isWhole || where.includes('*')) return exchanges;
  return exchanges.filter(({ routes }) => routes.some((route) => where.includes(route)));
}

/** A switch alone leaves the rest as slow as it is: of the single requests a third, another one for each switch. */
function thinned(all: readonly Exchange[], turn: number): readonly Exchange[] {
  if (isWhole) return all;
  return all.filter(({ isOneRequest }, index) => !isOneRequest || index % 3 === turn % 3);
}

function split<Item>(all: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [all.filter(isFirst), all.filter((item) => !isFirst(item))];
}
