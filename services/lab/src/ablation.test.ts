import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { remakeAblation } from './ablation.ts';
import { exportRun } from './exportRun.ts';
import { sampledAblation } from './fixtures/storedAblation.ts';
import { measuredBy } from './fixtures/storedRun.ts';
import { importRun } from './importRun.ts';
import { shopLike } from './report/fixtures/ablation.ts';
import { refuseFinishedAblation, refuseIncomparable } from './resume.ts';
import { ablationsFolder, type RunFolder } from './run/results.ts';
import { verifyRun } from './verify.ts';

let root: string;
let stored: RunFolder;
let archive: string;
let counter = 0;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'dyno-ablation-'));
  stored = await sampledAblation(join(root, 'results'), {
    ...shopLike,
    switches: shopLike.switches.slice(0, 3),
  });
  archive = join(root, 'ablation.tar.gz');
  await exportRun(stored, archive, { logs: false });
});

after(() => rm(root, { recursive: true }));

/** As it was measured, on another machine. */
async function imported(): Promise<RunFolder> {
  counter += 1;
  return importRun(join(root, `results-${counter}`), archive);
}

const differencesOf = async (folder: RunFolder): Promise<string[]> =>
  (await verifyRun(folder, measuredBy)).flatMap(({ differing }) => differing);

test('an ablation comes out of its archive beside the runs, and every figure of it follows from its samples', async () => {
  const folder = await imported();
  assert.equal(folder.path, join(ablationsFolder(join(root, `results-${counter}`)), stored.runId));
  assert.deepEqual(await folder.read('ablation.json'), await stored.read('ablation.json'));
  const checks = await verifyRun(folder, measuredBy);
  assert.deepEqual(
    checks.map(({ what }) => what),
    ['manifest.json', 'raw samples', 'metrics.json', 'ablation.json'],
  );
  for (const { what, compared, differing } of checks) {
    assert.deepEqual(differing, [], what);
    assert.ok(compared > 0, what);
  }
  await assert.rejects(
    importRun(join(root, `results-${counter}`), archive),
    /is in .*ablations already, and nothing is overwritten/,
  );
});

test('a figure that does not follow from the samples is named, and so are samples that were not measured', async () => {
  const folder = await imported();
  const ablation = await folder.read('ablation.json');
  const [metric] = ablation.metrics;
  const [first, ...others] = metric?.switches ?? [];
  assert.ok(metric && first);
  const better = { ...first, worth: { ...first.worth, low: first.worth.low / 2 } };
  const metrics = [{ ...metric, switches: [better, ...others] }, ...ablation.metrics.slice(1)];
  await rm(folder.file('manifest.json'));
  await folder.write('ablation.json', { ...ablation, metrics });
  const differing = await differencesOf(folder);
  assert.equal(differing.length, 1);
  assert.match(differing[0] ?? '', /^\$\.metrics\[0\]\.switches\[0\]\.worth\.low is /);

  const [round] = await folder.rounds();
  await appendFile(folder.file(round?.samples.file ?? ''), 'more');
  assert.match((await differencesOf(folder)).join('\n'), /is not what was written: its SHA-256/);
});

test('everything behind the samples is made again from them; what is damaged may be measured again', async () => {
  const folder = await imported();
  const before = await folder.read('ablation.json');
  for (const name of ['ablation.json', 'ablation.md', 'metrics.json']) await rm(folder.file(name));
  assert.deepEqual(await remakeAblation(folder), before);
  assert.ok(existsSync(folder.file('ablation.md')) && existsSync(folder.file('metrics.json')));

  const plan = await folder.read('plan.json');
  await assert.rejects(refuseFinishedAblation(plan, folder), /is finished, there is nothing to go on with/);
  assert.throws(
    () => refuseIncomparable(plan, ['k6 was 1, is 2']),
    /^DynoError: Ablation made-up-3 cannot go on.*start a new ablation\.$/s,
  );
  const [round] = await folder.rounds();
  await appendFile(folder.file(round?.samples.file ?? ''), 'more');
  await rm(folder.file('manifest.json'));
  await assert.rejects(
    remakeAblation(folder),
    /of ablation made-up-3 cannot be made again: .* of round 1 is damaged.*"dyno ablate --resume made-up-3"/,
  );
  await refuseFinishedAblation(plan, folder);
});
