import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DynoError } from '../errors.ts';
import { projectFolder } from '../settings.ts';
import { loadExperiment } from './load.ts';

let project: string;

const valid = {
  name: 'shop',
  title: 'the shop',
  service: { name: 'api', command: ['node', 'main.js'] },
  load: { scenario: 'k6/shop.ts', vus: 5 },
  baseline: { name: 'before' },
  candidates: [{ name: 'after' }],
  plans: {
    quick: {
      blocks: { min: 4, max: 8 },
      warmupSeconds: 1,
      windowSeconds: 2,
      tracePassSeconds: 0,
      profilePassSeconds: 0,
    },
  },
};

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'dyno-experiment-'));
  mkdirSync(join(project, 'experiments'));
  mkdirSync(join(project, 'k6'));
  writeFileSync(join(project, 'k6/shop.ts'), '');
  write('shop', `export default ${JSON.stringify(valid)}`);
});

afterEach(() => rmSync(project, { recursive: true }));

test('an experiment is found by its path and by its name, with every default filled in', async () => {
  for (const name of ['experiments/shop.ts', 'shop', join(project, 'experiments/shop.ts')]) {
    const { file, experiment } = await loadExperiment(name, project);
    assert.equal(file, join('experiments', 'shop.ts'));
    assert.equal(experiment.service.readyPath, '/');
    assert.deepEqual(experiment.candidates[0]?.env, {});
  }
});

test('a file is also found by the name that experiments have, in small letters', async () => {
  write('twoWords', `export default ${JSON.stringify({ ...valid, name: 'two-words' })}`);
  const { file } = await loadExperiment('two-words', project);
  assert.equal(file, join('experiments', 'twoWords.ts'));
});

test('the experiments of the project are valid', async () => {
  const { experiment } = await loadExperiment('products', projectFolder);
  assert.equal(experiment.load.vus, 50);
});

test('an unknown experiment names those that there are', async () => {
  await assert.rejects(
    loadExperiment('shpo', project),
    refusal(/no experiment "shpo".*experiments\/shop\.ts/),
  );
});

test('all bad keys are named at once', async () => {
  write(
    'bad',
    `export default ${JSON.stringify({ ...valid, titel: 'x', load: { scenario: 'k6/shop.ts', vus: 0 }, candidates: [] })}`,
  );
  await assert.rejects(loadExperiment('bad', project), refusal(/load\.vus.*candidates.*titel/s));
});

test('what contradicts itself is named', async () => {
  const plans = { quick: { ...valid.plans.quick, blocks: { min: 6, max: 5 } } };
  const contradicting = {
    ...valid,
    candidates: [{ name: 'before' }],
    load: { scenario: 'k6/gone.ts', vus: 1 },
    plans,
    gated: ['throughput'],
    switches: { of: [{ name: 'cache' }, { name: 'pool' }, { name: 'cache' }] },
  };
  write('odd', `export default ${JSON.stringify(contradicting)}`);
  await assert.rejects(
    loadExperiment('odd', project),
    refusal(/"before".*two switches are called "cache".*k6\/gone\.ts.*min 6 is above max 5.*latency\.mean/s),
  );
});

test('a file that does not load, or exports nothing, says so', async () => {
  write('broken', 'export default {');
  await assert.rejects(
    loadExperiment('broken', project),
    refusal(/experiments\/broken\.ts cannot be loaded/),
  );
  write('empty', 'export const a = 1;');
  await assert.rejects(loadExperiment('empty', project), refusal(/no default export/));
});

function write(name: string, text: string): void {
  writeFileSync(join(project, 'experiments', `${name}.ts`), text);
}

function refusal(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DynoError);
    assert.equal(error.exitCode, 2);
    assert.match(error.message, message);
    return true;
  };
}
