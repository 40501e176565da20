import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExperimentInput, experimentSchema } from '@dyno/contracts/experiment';
import { madeUpExperiment } from '../report/fixtures/ablation.ts';
import { type AblationOptions, ablationOf, makeAblationPlan, withConfirmation } from './ablationPlan.ts';
import { overheadSeconds } from './duration.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));
const seven = named('a', 'b', 'c', 'd', 'e', 'f', 'g');

function planOf(change: Partial<ExperimentInput>, options: Partial<AblationOptions> = {}, seed = 1) {
  const experiment = experimentSchema.parse({ ...madeUpExperiment({ switches: seven }), ...change });
  const all = { planName: 'quick', replicates: undefined, switches: undefined, inside: undefined } as const;
  const decided = { runId: 'made-up', createdAt: '2026-01-01T00:00:00.000Z', seed, hashes: {} };
  return makeAblationPlan({ file: 'made-up.ts', experiment }, { ...all, ...options }, decided);
}

test('every combination and its mirror image are one block, in each replicate, with the corners of each switch among them', () => {
  const plan = planOf({});
  const { blocks, replicates } = ablationOf(plan);
  const variants = new Map(
    [plan.experiment.baseline, ...plan.experiment.candidates].map(({ name, env }) => [name, env.FEATURES]),
  );
  const onIn = (name: string) => new Set((variants.get(name) ?? '').split(',').filter(Boolean));
  const designs = blocks.flatMap((block, index) => (block.kind === 'design' ? [{ block, index }] : []));
  assert.equal(designs.length, 12 * replicates);
  const [columns, others] = ablationOf(plan).columns;
  assert.notDeepEqual(columns, others, 'in other columns each time');
  for (const { index } of designs) {
    const [first = '', second = ''] = plan.order[index] ?? [];
    assert.equal(onIn(first).size + onIn(second).size, 7, `${first} and ${second}`);
    assert.ok(onIn(first).isDisjointFrom(onIn(second)));
  }
  const corners = blocks.flatMap((block) => (block.kind === 'corner' ? [block.factor] : []));
  assert.deepEqual(corners.toSorted(), ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  assert.equal(variants.get('all-off'), '');
  assert.equal(variants.get('all-on'), 'a,b,c,d,e,f,g');
  assert.equal(variants.get('only-c'), 'c');
  assert.equal(variants.get('but-c'), 'a,b,d,e,f,g');
  assert.equal(plan.experiment.baseline.env.KEPT, 'yes', 'what the baseline has besides stays');
});

test('the same seed gives the same order, another one another; what is confirmed comes behind it', () => {
  assert.deepEqual(planOf({}).order, planOf({}).order);
  assert.notDeepEqual(planOf({}).order, planOf({}, {}, 2).order);
  const plan = planOf({});
  const confirmed = withConfirmation(plan, ['d', 'b', 'a', 'g']);
  assert.deepEqual(ablationOf(confirmed).confirmed, ['d', 'b', 'a']);
  assert.deepEqual(confirmed.order.slice(0, plan.order.length), plan.order);
  assert.equal(confirmed.order.length, plan.plan.blocks.max, 'as many blocks as were announced');
  assert.deepEqual(confirmed.order.at(-1)?.toSorted(), ['all-on', 'but-a', 'but-b', 'but-d']);
});

test('the quick plan of as many switches as fit takes a quarter of an hour at most', () => {
  const twelve = Array.from({ length: 12 }, (_, index) => ({ name: `s${index}` }));
  const planned = planOf({ switches: { variable: 'FEATURES', of: twelve } });
  const { order, plan } = withConfirmation(planned, ['s1', 's2', 's3']);
  const seconds = plan.warmupSeconds + plan.windowSeconds + overheadSeconds;
  assert.ok(order.flat().length * seconds <= 15 * 60, `${order.flat().length} rounds of ${seconds} s`);
});

test('switches with variables of their own, and only some of them', () => {
  const switches: ExperimentInput['switches'] = {
    of: [
      { name: 'cache', on: { CACHE: '1' }, off: { CACHE: '0' } },
      { name: 'pool', on: { POOL: '10' } },
      { name: 'gzip', on: { GZIP: 'on' }, off: { GZIP: 'off' } },
    ],
  };
  const plan = planOf({ switches }, { switches: ['cache', 'pool'] });
  const envOf = (name: string) => plan.experiment.candidates.find((one) => one.name === name)?.env;
  assert.deepEqual(envOf('only-cache'), { KEPT: 'yes', CACHE: '1', GZIP: 'off' });
  assert.deepEqual(envOf('all-on'), { KEPT: 'yes', CACHE: '1', POOL: '10', GZIP: 'off' });
  assert.equal(
    plan.experiment.switches,
    undefined,
    'their values are in the variants, where secrets are sealed',
  );
});

test('more than twelve are first compared by groups', () => {
  const many = Array.from({ length: 14 }, (_, index) => ({
    name: `s${index}`,
    group: index < 5 ? 'database' : index < 9 ? 'caching' : 'code',
  }));
  const plan = planOf({ switches: { variable: 'FEATURES', of: many } });
  assert.deepEqual(
    ablationOf(plan).factors.map(({ name, switches }) => [name, switches.length]),
    [
      ['database', 5],
      ['caching', 4],
      ['code', 5],
    ],
  );
  const only = plan.experiment.candidates.find(({ name }) => name === 'only-caching');
  assert.equal(only?.env.FEATURES, 's5,s6,s7,s8');
  assert.throws(
    () => planOf({ switches: { variable: 'FEATURES', of: many.map(({ name }) => ({ name })) } }),
    /14 switches are more than one design tells apart \(12\), and s0, .*s13 say no group: choose some with --switches/,
  );
});

test('what cannot be taken apart is refused with the way out', () => {
  assert.throws(() => planOf({ switches: undefined }), /made-up declares no switches: say in the experiment/);
  assert.throws(() => planOf({}, { switches: ['a', 'x'] }), /no switch "x": choose from a, b, c, d, e, f, g/);
  assert.throws(() => planOf({}, { switches: ['a'] }), /One switch is a comparison: .*"dyno run" for a/);
  const running = { baseline: { name: 'here', url: 'http://127.0.0.1:1' } };
  assert.throws(() => planOf(running), /Dyno must start the service itself.*127\.0\.0\.1:1/);
});
