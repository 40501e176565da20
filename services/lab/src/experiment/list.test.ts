import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CalibrationFile } from '@dyno/contracts/calibration';
import { experimentListSchema } from '@dyno/contracts/experimentList';
import { schemaVersion } from '@dyno/contracts/run';
import { saveCalibration, subjectOf } from '../run/calibrations.ts';
import { projectFolder } from '../settings.ts';
import { listExperiments } from './list.ts';
import { loadExperiment } from './load.ts';
import { makePlan } from './plan.ts';

test('every experiment is listed with what a run of it takes', async () => {
  await using folder = await temporaryFolder();
  const list = experimentListSchema.parse(await listExperiments(projectFolder, folder.path));
  assert.deepEqual(list.problems, []);
  assert.ok(list.scenarios.includes('k6/scenarios/products.ts'));
  const products = list.experiments.find(({ key }) => key === 'products');
  assert.deepEqual(
    products?.plans.map(({ name }) => name),
    ['quick', 'full'],
  );
  assert.match(products?.isolatedBecause ?? '', /cpu<40%/);
  const known = list.experiments.find(({ key }) => key === 'knownCost');
  assert.equal(known?.name, 'known-cost', 'its file is called otherwise');
  assert.equal(known?.isolatedBecause, null);
  const [quick] = known?.plans ?? [];
  assert.deepEqual(quick?.sensitivity, []);
  // A pilot of 7 s; a block is a round of 2 + 6 + 2 s where both are alive, two of them otherwise.
  const { min, max } = quick?.plan.blocks ?? { min: 0, max: 0 };
  assert.deepEqual(quick?.duration, {
    fine: { leastSeconds: 7 + min * 10, mostSeconds: 7 + max * 10 },
    isolated: { leastSeconds: 7 + min * 20, mostSeconds: 7 + max * 20 },
  });
});

test('what was calibrated says what a plan could see, with more blocks less', async () => {
  await using folder = await temporaryFolder();
  const loaded = await loadExperiment('knownCost', projectFolder);
  const plan = makePlan(
    loaded,
    {},
    { runId: 'x', createdAt: new Date(0).toISOString(), seed: 0, hashes: {} },
  );
  const calibration: CalibrationFile = {
    schemaVersion,
    createdAt: '2026-01-02T03:04:05.000Z',
    runId: 'calibrated',
    experiment: 'known-cost',
    fingerprint: 'f'.repeat(64),
    subject: subjectOf({ ...plan, mode: 'fine' }, plan.experiment.baseline),
    mode: 'fine',
    pairs: 10,
    metrics: [
      {
        name: 'cpu.perRequest',
        spread: 0.02,
        noiseFloor: 0.015,
        minimumDetectableEffect: 0.02,
        verdict: 'equivalent',
      },
    ],
  };
  await saveCalibration(folder.path, calibration);
  const list = await listExperiments(projectFolder, folder.path);
  const sensitivity = list.experiments.find(({ key }) => key === 'knownCost')?.plans[0]?.sensitivity ?? [];
  assert.deepEqual(
    sensitivity.map(({ mode, variant, noiseFloor }) => ({ mode, variant, noiseFloor })),
    [{ mode: 'fine', variant: 'as-is', noiseFloor: 0.015 }],
  );
  const effects = sensitivity[0]?.detectable.map(({ effect }) => effect) ?? [];
  assert.equal(effects.length, 19);
  assert.deepEqual(
    effects,
    effects.toSorted((a, b) => b - a),
  );
  // With n pairs: t quantiles of 0.975 and 0.8 at n - 1, times 0.02 / sqrt(n): 0.0201 at n = 10.
  assert.ok(Math.abs((effects[8] ?? 0) - 0.0201) < 0.0005, String(effects[8]));
});

test('a file that is no experiment is named, and the others are listed', async () => {
  await using folder = await temporaryFolder();
  const project = join(folder.path, 'project');
  await mkdir(join(project, 'experiments'), { recursive: true });
  await cp(join(projectFolder, 'k6'), join(project, 'k6'), {
    recursive: true,
    filter: (path) => !path.includes('node_modules'),
  });
  await writeFile(join(project, 'experiments/broken.ts'), 'export default { name: "broken" };\n');
  const list = await listExperiments(project, folder.path);
  assert.deepEqual(list.experiments, []);
  assert.match(list.problems[0]?.message ?? '', /experiments\/broken\.ts is not an experiment/);
});

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'dyno-list-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
