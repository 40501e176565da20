import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeFinishedRun } from '../../tests/runFolders.ts';
import { differencesOf } from './differences.ts';
import { readRun } from './results.ts';

let results = '';

before(async () => {
  results = await mkdtemp(join(tmpdir(), 'dyno-differences-'));
  process.env.DYNO_RESULTS = results;
  await writeFinishedRun(results, { id: 'first' });
  await writeFinishedRun(results, { id: 'again', ratio: 0.5, createdAt: '2026-11-22T09:00:00.000Z' });
  await writeFinishedRun(results, {
    id: 'elsewhere',
    environment: { cpuModel: 'Another', versions: { node: '26.0.0', k6: '2.2.0' } },
  });
  await writeFinishedRun(results, {
    id: 'other',
    experiment: 'orders',
    vus: 10,
    windowSeconds: 30,
    mode: 'fine',
  });
});
after(() => rm(results, { recursive: true, force: true }));

async function between(a: string, b: string) {
  const [first, second] = [await readRun(a), await readRun(b)];
  assert.ok(first && second);
  return differencesOf(first, second);
}

test('the same plan on the same machine differs in nothing, whatever came out', async () => {
  assert.deepEqual(await between('first', 'again'), {
    environment: [],
    experiment: [],
    load: [],
    plan: [],
    code: [],
    unknown: [],
  });
});

test('another machine and other versions are named, field by field', async () => {
  const { environment, load } = await between('first', 'elsewhere');
  assert.deepEqual(environment, [
    { field: 'cpuModel', a: 'A processor', b: 'Another' },
    { field: 'versions node', a: '24.21.0', b: '26.0.0' },
    { field: 'versions mysql', a: '10.11.14', b: '–' },
    { field: 'versions redis', a: '8.0.2', b: '–' },
  ]);
  assert.deepEqual(load, []);
});

test('another experiment, load, plan and mode are told apart', async () => {
  const found = await between('first', 'other');
  assert.deepEqual(found.experiment, [{ field: 'experiment', a: 'products', b: 'orders' }]);
  assert.deepEqual(found.load, [{ field: 'load vus', a: '50', b: '10' }]);
  assert.deepEqual(found.plan, [
    { field: 'mode', a: 'isolated', b: 'fine' },
    { field: 'plan windowSeconds', a: '11', b: '30' },
  ]);
});
