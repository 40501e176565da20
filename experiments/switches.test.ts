import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { optimizationNames } from '../services/api/src/optimizations/index.ts';
import { makeAblationPlan } from '../services/lab/src/experiment/ablationPlan.ts';
import { experimentFiles, loadExperiment } from '../services/lab/src/experiment/load.ts';

const project = resolve(import.meta.dirname, '..');

test('what an experiment of the shop can take apart are switches of the shop', async () => {
  const known: readonly string[] = optimizationNames;
  let declared = 0;
  for (const file of experimentFiles(project)) {
    const { switches } = (await loadExperiment(file, project)).experiment;
    if (switches?.variable !== 'SHOP_OPTIMIZATIONS') continue;
    declared += 1;
    for (const { name } of switches.of) assert.ok(known.includes(name), `${file}: ${name}`);
  }
  assert.ok(declared > 0);
});

test('more switches than one design tells apart are planned by groups', async () => {
  const loaded = await loadExperiment('products-by-groups', project);
  const { ablation, experiment } = makeAblationPlan(
    loaded,
    { planName: 'quick', replicates: undefined, switches: undefined, inside: undefined },
    { runId: 'planned', createdAt: '2026-01-01T00:00:00.000Z', seed: 1, hashes: {} },
  );
  assert.deepEqual(
    ablation?.factors.map(({ name }) => name),
    ['database', 'caching', 'code', 'process'],
  );
  const all = experiment.candidates.find(({ name }) => name === 'all-on');
  assert.equal(all?.env.SHOP_OPTIMIZATIONS, loaded.experiment.candidates[0]?.env.SHOP_OPTIMIZATIONS);
  assert.ok((all?.env.SHOP_OPTIMIZATIONS?.split(',').length ?? 0) > 12);
});
