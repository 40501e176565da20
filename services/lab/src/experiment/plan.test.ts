import assert from 'node:assert/strict';
import { test } from 'node:test';
import { experimentSchema } from '@dyno/contracts/experiment';
import { type Round, roundSchema, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { blockOrder, countingRounds, makePlan, needsPilot, type PlanOptions } from './plan.ts';
import { randomOf } from './random.ts';

const experiment = experimentSchema.parse({
  name: 'shop',
  title: 'the shop',
  service: { name: 'api', command: ['node', 'main.js'] },
  load: { scenario: 'k6/shop.ts', vus: 5 },
  baseline: { name: 'a' },
  candidates: [{ name: 'b' }, { name: 'c' }],
  plans: {
    quick: {
      blocks: { min: 4, max: 8 },
      warmupSeconds: 1,
      windowSeconds: 2,
      tracePassSeconds: 0,
      profilePassSeconds: 0,
    },
  },
});

test('the same seed gives the same order', () => {
  assert.deepEqual(blockOrder(['a', 'b'], 20, 42), blockOrder(['a', 'b'], 20, 42));
  assert.notDeepEqual(blockOrder(['a', 'b'], 20, 42), blockOrder(['a', 'b'], 20, 43));
});

test('over each pair of blocks the order is ABBA or BAAB, and both occur', () => {
  const firsts = new Set<string>();
  for (let seed = 0; seed < 50; seed += 1) {
    const order = blockOrder(['a', 'b'], 7, seed);
    assert.equal(order.length, 7);
    for (let pair = 0; pair + 1 < order.length; pair += 2) {
      assert.deepEqual(order[pair], order[pair + 1]?.toReversed());
      firsts.add(order[pair]?.join('') ?? '');
    }
  }
  assert.deepEqual([...firsts].sort(), ['ab', 'ba']);
});

test('the generator is uniform enough for a coin and different for every seed', () => {
  const first = new Set<number>();
  let sum = 0;
  for (let seed = 0; seed < 10_000; seed += 1) {
    const value = randomOf(seed)();
    first.add(value);
    sum += value;
  }
  assert.ok(first.size > 9_990);
  assert.ok(Math.abs(sum / 10_000 - 0.5) < 0.02);
});

test('a plan knows whether its user insists', () => {
  assert.equal(planOf({ force: true }).force, true);
  assert.equal('force' in planOf({}), false);
});

test('options change the plan and choose the candidate', () => {
  const plan = planOf({
    candidate: 'c',
    blocks: { min: 2, max: 3 },
    windowSeconds: 9,
    vus: 7,
    ratePerSecond: 20,
  });
  assert.deepEqual(
    plan.experiment.candidates.map(({ name }) => name),
    ['c'],
  );
  assert.deepEqual(plan.plan, { ...experiment.plans.quick, blocks: { min: 2, max: 3 }, windowSeconds: 9 });
  assert.deepEqual(plan.experiment.load, {
    ...experiment.load,
    vus: 7,
    ratePerSecond: 20,
    replacesOptions: true,
  });
  assert.ok(plan.order.every((names) => names.toSorted().join() === 'a,c'));
});

test('another primary metric counts, too; another margin is taken', () => {
  const { experiment: planned } = planOf({ primary: 'latency.p99', margin: 0.01 });
  assert.equal(planned.margin, 0.01);
  assert.equal(planned.primary, 'latency.p99');
  assert.deepEqual(planned.gated, [...experiment.gated, 'latency.p99']);
});

test('what cannot be chosen or carried out is named', () => {
  refused({ planName: 'fast' }, /no plan "fast": choose from quick/);
  refused({ candidate: 'd' }, /no candidate "d".*choose from b, c/);
  refused({ windowSeconds: 0 }, /plan\.windowSeconds/);
});

test('what is about the whole load is not measured while variants share it', () => {
  const isolatedFor = (changes: Partial<typeof experiment>, wanted: 'auto' | 'fine' = 'auto') => {
    const file = planOf({ mode: wanted }, { ...experiment, ...changes });
    return needsPilot(file, []) ? null : file.mode === 'isolated' ? file.modeReason : 'fine';
  };
  const drawn = { ...experiment.load, assigns: true };
  assert.equal(isolatedFor({}), null);
  assert.equal(isolatedFor({ thresholds: ['p(95)<200', 'errors<1%', 'cpu<=-10%'] }), null);
  assert.match(isolatedFor({ thresholds: ['cpu<40%'] }) ?? '', /goal cpu<40% is about the whole load/);
  assert.match(isolatedFor({ thresholds: ['rps>100'] }) ?? '', /goal rps>100 is about/);
  const rivals = { primary: 'throughput' as const, gated: ['throughput' as const] };
  assert.match(isolatedFor({ ...rivals, load: drawn }) ?? '', /get as many each/);
  assert.throws(
    () => isolatedFor({ ...rivals, load: drawn }, 'fine'),
    /throughput cannot differ: choose isolated/,
  );
  assert.match(isolatedFor({ thresholds: ['rps>=-3%'], load: drawn }) ?? '', /get as many each/);
  const rated = { ...experiment.load, ratePerSecond: 9 };
  assert.throws(
    () => isolatedFor({ ...rivals, load: rated }),
    /fixed 9\/s.*cannot differ: leave out the rate/,
  );
  // A k6 for each variant: the faster one gets through more.
  assert.equal(isolatedFor(rivals), null);
  assert.equal(isolatedFor(rivals, 'fine'), 'fine');
});

test('of each block the last complete set of rounds counts', () => {
  const plan = {
    ...planOf({}),
    order: [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'b'],
    ],
  };
  const rounds = [
    round(1, 1, 'a'),
    round(2, 1, 'b', 'generator-died'),
    round(3, 1, 'b'),
    // Half a block, cut off; then done again, cut off again; then whole.
    round(4, 2, 'b'),
    round(5, 2, 'b'),
    round(6, 2, 'b'),
    round(7, 2, 'a'),
    round(8, 3, 'a'),
  ];
  assert.deepEqual(numbersOf(rounds), [1, 3, 6, 7]);
  // One round of a whole block turns out to be damaged: what is left of it belongs to no later go.
  const damaged = rounds.map((one) => (one.round === 6 ? round(6, 2, 'b', 'damaged') : one));
  assert.deepEqual(numbersOf(damaged), [1, 3]);
  assert.deepEqual(numbersOf([...damaged, round(9, 2, 'b')]), [1, 3]);
  assert.deepEqual(numbersOf([...damaged, round(9, 2, 'b'), round(10, 2, 'a')]), [1, 3, 9, 10]);

  function numbersOf(all: Round[]): number[] {
    return countingRounds(plan, all).map((one) => one.round);
  }
});

function planOf(options: PlanOptions, of = experiment) {
  const decided = { runId: 'r', createdAt: '2026-01-01T00:00:00.000Z', seed: 1, hashes: {} };
  return makePlan({ file: 'experiments/shop.ts', experiment: of }, options, decided);
}

function refused(options: PlanOptions, message: RegExp): void {
  assert.throws(
    () => planOf(options),
    (error) => error instanceof DynoError && message.test(error.message),
  );
}

function round(
  number: number,
  block: number,
  variant: string,
  cause?: NonNullable<Round['excluded']>['cause'],
): Round {
  const file = { file: 'x', bytes: 0, sha256: '0'.repeat(64) };
  return roundSchema.parse({
    schemaVersion,
    round: number,
    block,
    variant,
    attempt: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    readyMs: 1,
    window: { startMs: 0, endMs: 1000, durationMs: 1000 },
    samples: file,
    resources: file,
    load: { requests: 1, failed: 0, droppedIterations: 0, exitCode: 0 },
    usage: [],
    shared: [],
    sentinel: null,
    statuses: {},
    machine: { busyCpuSeconds: 1, stealCpuSeconds: 0, cores: 2 },
    excluded: cause ? { cause, detail: '' } : null,
  });
}
