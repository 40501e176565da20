import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newProfileSchema, newRunSchema, resumeSchema, stopSchema } from '@dyno/contracts/actions';
import type { ExperimentList } from '@dyno/contracts/experimentList';
import { schemaVersion } from '@dyno/contracts/run';
import { randomOf } from '../../services/lab/src/experiment/random.ts';
import { commandText, profileArguments, runArguments, UnknownChoice } from './startRequest.ts';

const plan = {
  blocks: { min: 4, max: 8 },
  warmupSeconds: 2,
  windowSeconds: 4,
  tracePassSeconds: 0,
  profilePassSeconds: 0,
  mode: 'auto' as const,
};
const duration = { leastSeconds: 1, mostSeconds: 2 };
const list: ExperimentList = {
  schemaVersion,
  experiments: [
    {
      key: 'knownCost',
      file: 'experiments/knownCost.ts',
      name: 'known-cost',
      title: 'a service',
      service: 'known-cost',
      needs: [],
      baseline: { name: 'as-is', title: '' },
      candidates: [
        { name: 'plus-2', title: '' },
        { name: 'plus-5', title: '' },
      ],
      load: { scenario: null, requests: ['GET /'], vus: 10, ratePerSecond: null },
      primary: 'cpu.perRequest',
      thresholds: [],
      isolatedBecause: null,
      plans: [{ name: 'quick', plan, duration: { fine: duration, isolated: duration }, sensitivity: [] }],
    },
  ],
  scenarios: ['k6/scenarios/products.ts'],
  problems: [],
};

test('what a page asks becomes arguments of the command line', () => {
  const wanted = newRunSchema.parse({
    experiment: 'knownCost',
    candidate: 'plus-5',
    plan: 'quick',
    mode: 'fine',
    blocks: { min: 4, max: 8 },
    warmupSeconds: 0.5,
    windowSeconds: 3,
    vus: 7,
    ratePerSecond: 12.5,
    scenario: 'k6/scenarios/products.ts',
    wait: true,
  });
  assert.equal(
    commandText(runArguments(wanted, list)),
    'npx dyno run experiments/knownCost.ts --candidate=plus-5 --plan=quick --mode=fine --blocks=4-8 --warmup=0.5 --duration=3 --vus=7 --rate=12.5 --script=k6/scenarios/products.ts --wait',
  );
  assert.deepEqual(runArguments({ experiment: 'knownCost' }, list), ['run', 'experiments/knownCost.ts']);
  assert.deepEqual(
    profileArguments({ experiment: 'knownCost', variant: 'as-is', durationSeconds: 9 }, list).args,
    ['profile', 'experiments/knownCost.ts', '--variant=as-is', '--duration=9'],
  );
});

test('what is not there is refused by name, with what there is', () => {
  const refused = (asked: object, expected: RegExp) =>
    assert.throws(
      () => runArguments({ experiment: 'knownCost', ...asked }, list),
      (error) => error instanceof UnknownChoice && expected.test(error.message),
    );
  refused({ experiment: 'other' }, /no experiment "other".*choose from knownCost/);
  refused({ candidate: 'as-is' }, /no candidate of knownCost called "as-is": choose from plus-2, plus-5/);
  refused({ plan: 'full' }, /no plan of knownCost called "full"/);
  refused({ scenario: '/etc/passwd' }, /no scenario called/);
});

const hostile = [
  '../knownCost',
  'knownCost/..',
  '/etc/passwd',
  'knownCost\0',
  '-x',
  '--help',
  '--results=/tmp',
  'a;rm -rf /',
  '$(id)',
  '`id`',
  'a b',
  'knownCost\n--wait',
  '%2e%2e',
  '',
  'x'.repeat(10_240),
  '__proto__',
  'constructor',
];

test('no name reaches the command line but those of the list, whatever is sent', () => {
  const random = randomOf(7);
  const pieces = [
    ...hostile,
    'knownCost',
    'plus-5',
    'quick',
    'as-is',
    'k6/scenarios/products.ts',
    'ü',
    '=',
    '\t',
  ];
  const one = () => pieces[Math.floor(random() * pieces.length)] ?? '';
  const word = () => (random() < 0.4 ? one() : one() + one());
  const known =
    /^(?:run|profile|experiments\/knownCost\.ts|--(?:candidate=plus-[25]|plan=quick|variant=(?:as-is|plus-[25])|script=k6\/scenarios\/products\.ts|blocks=\d+(?:-\d+)?|vus=\d+|wait))$/;
  let passed = 0;
  for (let round = 0; round < 20_000; round++) {
    const body: Record<string, unknown> = { experiment: random() < 0.5 ? 'knownCost' : word() };
    for (const name of ['candidate', 'plan', 'scenario', 'variant', word()])
      if (random() < 0.3) body[name] = word();
    for (const args of argumentsOf(body)) {
      passed += 1;
      for (const arg of args) assert.match(arg, known);
    }
  }
  assert.ok(passed > 100, `${passed} of them are allowed, or nothing was tested`);
});

/** None where it is refused. */
function argumentsOf(body: unknown): string[][] {
  const found: string[][] = [];
  const run = newRunSchema.safeParse(body);
  const profile = newProfileSchema.safeParse(body);
  for (const make of [
    () => run.success && runArguments(run.data, list),
    () => profile.success && profileArguments(profile.data, list).args,
  ]) {
    try {
      const args = make();
      if (args) found.push(args);
    } catch (error) {
      assert.ok(error instanceof UnknownChoice);
    }
  }
  return found;
}

test('run ids are names, never paths or options', () => {
  for (const runId of hostile) {
    if (runId === '__proto__' || runId === 'constructor') continue;
    assert.equal(resumeSchema.safeParse({ runId }).success, false, runId.slice(0, 20));
    assert.equal(stopSchema.safeParse({ runId }).success, false, runId.slice(0, 20));
    assert.equal(stopSchema.safeParse({ jobId: runId }).success, false, runId.slice(0, 20));
  }
});

test('a command can be pasted into a shell', () => {
  assert.equal(commandText(['run', "it's; rm"]), "npx dyno run 'it'\\''s; rm'");
});
