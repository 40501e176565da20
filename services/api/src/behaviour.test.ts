import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accountExchanges } from './behaviour/account.ts';
import type { Exchange } from './behaviour/exchange.ts';
import { healthExchanges } from './behaviour/health.ts';
import { productExchanges } from './behaviour/products.ts';
import { signInExchanges } from './behaviour/signIn.ts';
import { allOptimizations } from './optimizations/choice.ts';
import { type OptimizationName, optimizations } from './optimizations/index.ts';
import type { Optimization } from './optimizations/optimization.ts';
import { forgetCachedAnswers } from './testing/servers.ts';
import { seedTestDatabase, startShop, type TestShop, untilReady } from './testing/shop.ts';

/**
 * Every set of optimizations gives the baseline's answers: they may differ in speed only. An area's exchanges are in
 * its file in behaviour/. All off and all on are held against all of them; each switch alone, and all without it,
 * against those on the routes where it works.
 */
const exchanges: readonly Exchange[] = [
  ...healthExchanges,
  ...productExchanges,
  ...accountExchanges,
  ...signInExchanges,
];

interface Variant {
  name: string;
  on: readonly OptimizationName[];
  exchanges: readonly Exchange[];
}

/** What only works around the service's process is held against them in the process's own tests. */
const inService = (optimizations as readonly (Optimization & { name: OptimizationName })[]).filter(
  ({ group }) => group !== 'process' && group !== 'delivery',
);
const variants: readonly Variant[] = [
  { name: 'all off', on: [], exchanges },
  { name: 'all on', on: allOptimizations(), exchanges },
  ...inService.flatMap(({ name, where }) => [
    { name: `${name} alone`, on: [name], exchanges: exchangesOn(where) },
    { name: `all but ${name}`, on: allOptimizations(name), exchanges: exchangesOn(where) },
  ]),
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

for (const { name, on, exchanges } of variants) {
  describe(name, () => {
    let shop: TestShop;
    before(async () => {
      await forgetCachedAnswers();
      shop = await startShop(on);
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

const waiting = 'the exchanges of orders, sign-in, imports and reports are not here yet';
test('every switch of the service works on a route that some exchange asks', { todo: waiting }, () => {
  for (const { name, where } of inService) assert.ok(exchangesOn(where).length > 0, name);
});

function exchangesOn(where: readonly string[]): readonly Exchange[] {
  if (where.includes('*')) return exchanges;
  return exchanges.filter(({ routes }) => routes.some((route) => where.includes(route)));
}
