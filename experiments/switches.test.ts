import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { optimizationNames } from '../services/api/src/optimizations/index.ts';
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
