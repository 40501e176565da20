import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planFileSchema, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { sealed, withSecrets } from './secrets.ts';

const again = 'Say it again.';

test('what looks secret is not kept, and comes back with the same value alone', async () => {
  const plan = planOf();
  const stored = { ...plan, experiment: sealed(plan.experiment) };
  const text = JSON.stringify(stored);
  for (const canary of ['canary-service', 'canary-one', 'canary-other', 'canary-url']) {
    assert.equal(text.includes(canary), false, canary);
  }
  assert.match(text, /"CACHE":"on"/);
  assert.deepEqual(sealed(stored.experiment), stored.experiment, 'sealing twice changes nothing');

  const given = [
    { API_KEY: 'canary-service', DATABASE: 'mysql://shop:canary-url@127.0.0.1/shop' },
    { TOKEN: 'canary-other' },
    { TOKEN: 'canary-one' },
  ];
  assert.deepEqual(await withSecrets(stored, { given, project: '/', again }), plan);
  assert.deepEqual(await withSecrets(plan, { given: [], project: '/', again }), plan, 'nothing to give back');
});

test('a secret that is missing or another one is named, never shown', async () => {
  const plan = planOf();
  const stored = { ...plan, experiment: sealed(plan.experiment) };
  const given = [{ API_KEY: 'canary-service' }, { TOKEN: 'canary-one' }, { TOKEN: 'canary-wrong' }];
  await assert.rejects(withSecrets(stored, { given, project: '/', again }), (error) => {
    assert.ok(error instanceof DynoError);
    assert.equal(error.exitCode, 2);
    assert.match(
      error.message,
      /TOKEN is another one.*DATABASE is missing|DATABASE is missing.*TOKEN is another one/s,
    );
    assert.doesNotMatch(error.message, /canary|API_KEY/);
    assert.match(error.message, /Say it again\.$/);
    return true;
  });
});

function planOf() {
  const plan = { blocks: { min: 2, max: 2 }, warmupSeconds: 1, windowSeconds: 1 };
  const passes = { tracePassSeconds: 0, profilePassSeconds: 0, mode: 'fine' };
  return planFileSchema.parse({
    schemaVersion,
    runId: 'a-run',
    createdAt: '2026-01-01T00:00:00.000Z',
    seed: 1,
    mode: 'fine',
    modeReason: 'asked for',
    pilot: null,
    experimentFile: 'dyno compare',
    experiment: {
      name: 'shop',
      title: 'shop',
      service: {
        name: 'shop',
        command: ['node', 'shop.js'],
        env: { API_KEY: 'canary-service', DATABASE: 'mysql://shop:canary-url@127.0.0.1/shop' },
      },
      load: { requests: [{ target: '/' }], vus: 1 },
      baseline: { name: 'one', env: { TOKEN: 'canary-one', CACHE: 'on' } },
      candidates: [{ name: 'other', env: { TOKEN: 'canary-other', EMPTY_TOKEN: '' } }],
      plans: { quick: { ...plan, ...passes } },
    },
    planName: 'quick',
    plan: { ...plan, ...passes },
    order: [['one', 'other']],
    hashes: {},
  });
}
