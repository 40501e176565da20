import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOf, shuffled } from '../experiment/random.ts';
import { type Attribution, attribute, contrastOf, differenceOf, type Replicate } from './attribution.ts';
import { gaussian } from './gaussian.ts';
import { columnsFor, foldedHadamard } from './hadamard.ts';

/** ln of a metric, by which switches are on. */
type Service = (on: readonly boolean[]) => number;

/** Replicates of the design over a service that never was, on a machine that drifts from block to block. */
function measured(
  service: Service,
  made: { factors: number; replicates: number; noise: number; seed: number },
): Replicate[] {
  const random = randomOf(made.seed);
  const normal = gaussian(random);
  const blocks = Array.from({ length: 12 }, (_, index) => index);
  return Array.from({ length: made.replicates }, (_, replicate) => {
    const columns = shuffled(columnsFor(made.factors), random).slice(0, made.factors);
    const order = shuffled(blocks, random);
    const rows = foldedHadamard().map((row, index) => {
      const drift = 0.3 * replicate + 0.01 * order.indexOf(index % 12);
      return service(columns.map((column) => row[column] === 1)) + drift + made.noise * normal();
    });
    return { columns, rows };
  });
}

const worths = [-1.2, -0.6, -0.3, -0.12, -0.05, 0, 0, 0.04];
const additive: Service = (on) => worths.reduce((sum, worth, index) => sum + (on[index] ? worth : 0), 3);

/** Milliseconds that add up and hide each other, like those of a shop with a cache. */
const shop: Service = ([indexes, pool, batched, , cache]) => {
  const service = (batched ? 2.6 : 8.8) - (pool ? 1.2 : 0);
  const database = indexes ? (batched ? 2.2 : 8) : batched ? 8 : 47;
  return Math.log((cache ? 1 : 0) + (cache ? 0.04 : 1) * (service + database));
};

test('without noise every switch is worth what it is, however the machine drifts', () => {
  const { effects, sum } = attribute(measured(additive, { factors: 8, replicates: 2, noise: 0, seed: 1 }));
  for (const [index, worth] of worths.entries()) {
    assert.ok(Math.abs((effects[index]?.estimate ?? 9) - worth) < 1e-9, `switch ${index}`);
  }
  assert.ok(Math.abs(sum.estimate - worths.reduce((a, b) => a + b, 0)) < 1e-9);
});

test('95 % intervals hold the truth in 95 % of cases, also that of the sum', () => {
  let held = 0;
  let heldSum = 0;
  let alarms = 0;
  const runs = 400;
  for (let seed = 1; seed <= runs; seed += 1) {
    const { effects, sum } = attribute(measured(additive, { factors: 8, replicates: 2, noise: 0.08, seed }));
    held += effects.filter(({ low, high }, index) => within(worths[index] ?? 9, low, high)).length / 8;
    heldSum += Number(
      within(
        worths.reduce((a, b) => a + b, 0),
        sum.low,
        sum.high,
      ),
    );
    alarms += Number(effects.some(({ adjustedP }, index) => worths[index] === 0 && adjustedP < 0.05));
  }
  assert.ok(within(held / runs, 0.93, 0.97), `held ${held / runs}`);
  assert.ok(within(heldSum / runs, 0.92, 0.98), `sum held ${heldSum / runs}`);
  assert.ok(alarms / runs < 0.05, `a switch that does nothing is called worth something in ${alarms / runs}`);
});

test('what three switches do together is in the intervals: they hold the truth all the same', () => {
  const factors = 8;
  const truth = mainEffects(shop, factors);
  let held = 0;
  let agreed = 0;
  const runs = 200;
  const whole = shop(new Array(factors).fill(true)) - shop(new Array(factors).fill(false));
  for (let seed = 1; seed <= runs; seed += 1) {
    const { effects, sum } = attribute(measured(shop, { factors, replicates: 2, noise: 0.02, seed }));
    held += effects.filter(({ low, high }, index) => within(truth[index] ?? 9, low, high)).length / factors;
    agreed += Number(within(whole, sum.low, sum.high));
  }
  assert.ok(held / runs > 0.92, `held ${held / runs}`);
  assert.ok(agreed / runs > 0.9, `the sum agrees with the whole in ${agreed / runs}`);
});

test('a switch that another one hides is flagged, with its pair and its size; pairs that do nothing are not', () => {
  const hidden: Service = (on) => additive(on) + (on[0] && on[1] ? 0.5 : 0);
  const of = (service: Service, seed: number): Attribution =>
    attribute(measured(service, { factors: 8, replicates: 3, noise: 0.05, seed }));
  let found = 0;
  let others = 0;
  const runs = 100;
  for (let seed = 1; seed <= runs; seed += 1) {
    const flagged = of(hidden, seed).interactions;
    const right = flagged.find(({ pair }) => pair.join() === '0,1');
    if (right && Math.abs(right.estimate - 0.5) < 0.2) found += 1;
    others += of(additive, seed).interactions.length;
  }
  assert.ok(found >= 90, `found in ${found} of ${runs}`);
  assert.ok(others <= 12, `${others} false ones in ${runs}`);
});

test('two variants: by the noise of the design from few blocks, by their own from four', () => {
  const pair = { variance: 0.02, df: 12 };
  const one = contrastOf([-1], pair);
  assert.equal(one.estimate, -1);
  assert.ok(within(one.high - one.estimate, 0.3, 0.32), 't of 12 times sqrt(0.02)');
  const four = contrastOf([-1, -1.1, -0.9, -1], pair);
  assert.ok(four.high - four.estimate < 0.2);
  const apart = differenceOf(one, four);
  assert.ok(within(0, apart.low, apart.high));
});

test('the design stands on its own: balanced, orthogonal, and every row with its mirror image', () => {
  const design = foldedHadamard();
  for (const a of columnsFor(12)) {
    for (const b of columnsFor(12)) {
      const product = design.reduce((sum, row) => sum + (row[a] ?? 0) * (row[b] ?? 0), 0);
      assert.equal(product, a === b ? 24 : 0);
    }
  }
  const row = (index: number) =>
    columnsFor(8)
      .slice(0, 8)
      .map((column) => design[index]?.[column]);
  assert.deepEqual(new Set(row(11)), new Set([-1]), 'all off');
  assert.deepEqual(new Set(row(23)), new Set([1]), 'all on');
});

/** What a switch does on average over all combinations of the others. */
function mainEffects(service: Service, factors: number): number[] {
  const effects = new Array<number>(factors).fill(0);
  for (let bits = 0; bits < 2 ** factors; bits += 1) {
    const on = effects.map((_, index) => (bits & (1 << index)) !== 0);
    const value = service(on) / 2 ** (factors - 1);
    for (const index of effects.keys()) effects[index] = (effects[index] ?? 0) + (on[index] ? value : -value);
  }
  return effects;
}

function within(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
