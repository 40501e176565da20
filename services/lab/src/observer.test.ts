import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExperimentInput, experimentSchema } from '@dyno/contracts/experiment';
import { makePlan } from './experiment/plan.ts';

const plans = {
  quick: {
    blocks: { min: 2, max: 2 },
    warmupSeconds: 1,
    windowSeconds: 1,
    tracePassSeconds: 0,
    profilePassSeconds: 0,
  },
};
const own = { name: 'api', command: ['node', 'server.js'] };

test('the cost of observing is measured on the baseline, or on the variant that is named', () => {
  assert.equal(observedOf({}, undefined), 'before');
  assert.equal(observedOf({}, 'after'), 'after');
  assert.equal(planOf({}, undefined).observed, undefined, 'not asked for');
});

test('whose cost of observing cannot be measured is told before anything runs', () => {
  assert.throws(() => observedOf({}, 'other'), /no variant "other".*choose from before, after/);
  assert.throws(() => observedOf({ service: { ...own, telemetry: 'none' } }, undefined), /telemetry: none/);
  const baseline = { name: 'before', url: 'http://127.0.0.1:1' };
  assert.throws(() => observedOf({ baseline }, undefined), /Dyno did not start it/);
});

function observedOf(changes: Partial<ExperimentInput>, variant: string | undefined): string | undefined {
  return planOf(changes, { variant }).observed;
}

function planOf(changes: Partial<ExperimentInput>, observe: { variant: string | undefined } | undefined) {
  const experiment = experimentSchema.parse({
    name: 'observed',
    title: 'observed',
    service: own,
    load: { scenario: 'k6/scenarios/products.ts', vus: 1 },
    baseline: { name: 'before' },
    candidates: [{ name: 'after' }],
    plans,
    ...changes,
  });
  const decided = { runId: 'run', createdAt: '2026-11-21T00:00:00Z', seed: 1, hashes: {} };
  return makePlan({ file: 'observed.ts', experiment }, { observe }, decided);
}
