import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CalibrationFile } from '@dyno/contracts/calibration';
import { experimentSchema } from '@dyno/contracts/experiment';
import type { PlanFile } from '@dyno/contracts/run';
import {
  calibrationOf,
  calibrationPlanName,
  quoteCalibration,
  refuseTightGates,
  refuseTightGatesOf,
  sameTwice,
} from './calibration.ts';
import type { LoadedExperiment } from './experiment/load.ts';
import { calibrationTerminal } from './report/calibrationTerminal.ts';
import { type MadeUp, madeUpEnvironment, madeUpRun, seedLike } from './report/fixtures/run.ts';
import { calibrationFor, saveCalibration, subjectOf } from './run/calibrations.ts';
import { RunFolder } from './run/results.ts';
import { analyse } from './statistics/analyse.ts';

const alike: MadeUp = {
  ...seedLike,
  blocks: 10,
  blocksRange: { min: 10, max: 10 },
  candidate: seedLike.baseline,
  experiment: { thresholds: [] },
};
const now = new Date(Date.UTC(2026, 1, 1));
let home: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'dyno-calibration-'));
});

after(() => rm(home, { recursive: true }));

test('one variant is measured against itself: same service, same load, no passes, no goals, no looks on the way', () => {
  const { experiment } = sameTwice(loaded(), { variant: 'optimized', pairs: 12 });
  const [twin] = experiment.candidates;
  assert.equal(experiment.baseline.name, 'optimized');
  assert.deepEqual({ ...twin, name: '', title: '' }, { ...experiment.baseline, name: '', title: '' });
  assert.equal(experiment.candidates.length, 1);
  assert.deepEqual(experiment.thresholds, []);
  assert.deepEqual(experiment.plans[calibrationPlanName], {
    ...loaded().experiment.plans.quick,
    mode: 'isolated',
    blocks: { min: 12, max: 12 },
    tracePassSeconds: 0,
    profilePassSeconds: 0,
  });
  assert.ok(experimentSchema.safeParse(experiment).success);
});

test('where goals make a run isolated, so is its calibration', () => {
  const { file, experiment } = loaded();
  const modeWith = (thresholds: string[]) =>
    sameTwice({ file, experiment: { ...experiment, thresholds } }, { pairs: 10 }).experiment.plans[
      calibrationPlanName
    ]?.mode;
  assert.equal(modeWith(['p(95)<=+3%']), experiment.plans.quick?.mode);
  assert.equal(modeWith(['cpu<40%']), 'isolated');
});

test('an unknown variant or plan, or too few pairs, is refused before anything runs', () => {
  assert.throws(
    () => sameTwice(loaded(), { variant: 'nix', pairs: 10 }),
    /no variant "nix".*naive, optimized/,
  );
  assert.throws(
    () => sameTwice(loaded(), { planName: 'nix', pairs: 10 }),
    /no plan "nix": choose from quick/,
  );
  assert.throws(() => sameTwice(loaded(), { pairs: 9 }), /9 pairs do not tell a noise floor/);
});

test('the noise floor is half the width of the interval, and grows with the noise', () => {
  const quiet = calibration({ ...alike, noise: 0.01 });
  const noisy = calibration({ ...alike, noise: 0.1 });
  for (const [index, metric] of quiet.metrics.entries()) {
    const other = noisy.metrics[index];
    assert.ok(other && metric.noiseFloor < other.noiseFloor, metric.name);
    assert.ok(metric.noiseFloor > 0 && metric.noiseFloor < 0.1, `${metric.name}: ${metric.noiseFloor}`);
  }
  assert.equal(quiet.pairs, 10);
  const text = calibrationTerminal(quiet, 'naive').replaceAll('\u00a0', ' ');
  assert.match(text, /Later verdicts in isolated mode .*A run in fine mode.* --mode fine .*--like <runId>/s);
  assert.match(calibrationTerminal({ ...quiet, mode: 'fine' }, 'naive'), /A run in isolated mode/);
  assert.match(text, /^naive against itself: 10 pairs in isolated mode\./);
  assert.match(text, /mean latency +±\S+ % +\S+ % +\S+ % +equivalent/);
});

test('a false alarm is told', () => {
  const found = calibration({ ...alike, noise: 0.01 });
  const metrics = found.metrics.map((metric) => ({ ...metric, verdict: 'regressed' as const }));
  assert.match(
    calibrationTerminal({ ...found, metrics }, 'naive'),
    /Called different although both are the same/,
  );
});

test('a run that does not count, or has lost its pairs, calibrates nothing', () => {
  assert.throws(() => calibration({ ...alike, blocks: 9 }), /does not count: only 9 pairs are left/);
  const failing = { ...seedLike.baseline, failed: 100 };
  assert.throws(() => calibration({ ...alike, baseline: failing }), /does not count: Invalid/);
});

test('it is found again for the same service, load, lengths, mode and machine, and for nothing else', async () => {
  const { plan } = madeUpRun(alike);
  const found = calibration(alike);
  await saveCalibration(home, found);
  assert.deepEqual(await calibrationFor(home, plan, madeUpEnvironment), found);
  const named = withBaseline(plan, { name: 'renamed', title: 'other words' });
  assert.deepEqual(await calibrationFor(home, named, madeUpEnvironment), found, 'names do not matter');
  const others: PlanFile[] = [
    withBaseline(withCandidate(plan, { env: { A: '1' } }), { env: { A: '1' } }),
    { ...plan, mode: plan.mode === 'fine' ? 'isolated' : 'fine' },
    { ...plan, plan: { ...plan.plan, windowSeconds: 99 } },
    { ...plan, experiment: { ...plan.experiment, load: { ...plan.experiment.load, vus: 51 } } },
  ];
  for (const other of others) assert.equal(await calibrationFor(home, other, madeUpEnvironment), null);
  assert.equal(await calibrationFor(home, plan, { fingerprint: '1'.repeat(64) }), null);
});

test("a checkout's folder and commit do not matter: the service is the same", async () => {
  const { plan } = madeUpRun(alike);
  const at = (cwd: string) => {
    const place = { cwd, ref: { name: 'main', commit: 'abc', repository: '/r' } };
    return withBaseline(withCandidate(plan, place), place);
  };
  const run = madeUpRun(alike);
  const report = analyse(run);
  await saveCalibration(home, calibrationOf(at('/one'), run.environment, report, now));
  assert.ok(await calibrationFor(home, at('/two'), madeUpEnvironment));
});

test('one that is damaged is none, and is replaced', async () => {
  const found = calibration(alike);
  const path = await saveCalibration(home, found);
  await writeFile(path, '{');
  assert.equal(await calibrationFor(home, madeUpRun(alike).plan, madeUpEnvironment), null);
  await saveCalibration(home, found);
  assert.ok(await calibrationFor(home, madeUpRun(alike).plan, madeUpEnvironment));
  const names = await readdir(join(home, 'calibrations'));
  assert.ok(names.every((name) => /^[0-9a-f]{32}\.json$/.test(name)));
});

test('a relative gate tighter than the floor is refused with exit code 2; absolute and wider ones are not', () => {
  const found = calibration({ ...alike, noise: 0.1 });
  assert.throws(
    () => refuseTightGates(['avg<=+0.1%', 'p(95)<200'], found),
    (error: Error & { exitCode?: number }) => {
      assert.match(error.message, /avg<=\+0\.1%: identical variants differ by ±\S+\s% here/);
      assert.doesNotMatch(error.message, /p\(95\)/);
      assert.equal(error.exitCode, 2);
      return true;
    },
  );
  refuseTightGates(['avg<=+90%', 'avg<5', 'errors<1%'], found);
  refuseTightGates(['avg<=+0.1%'], null);
});

test('who insists on a tight gate has insisted for the whole run, also when it is gone on with', async () => {
  const saved = calibration({ ...alike, noise: 0.05 });
  const { plan } = madeUpRun({ ...seedLike, experiment: { thresholds: ['avg<=+0.1%'] } });
  await saveCalibration(home, { ...saved, subject: subjectOf(plan, plan.experiment.baseline) });
  const folder = await RunFolder.create(join(home, 'results'), plan.runId);
  const session = { folder, plan, environment: { ...madeUpEnvironment, fingerprint: saved.fingerprint } };
  await assert.rejects(quoteCalibration(session, home), /tighter than the noise floor/);
  await folder.write('plan.json', { ...plan, force: true });
  await quoteCalibration({ ...session, plan: await folder.read('plan.json') }, home);
  assert.equal(folder.has('calibration.json'), true);
});

test('before a run starts its goals are held against the mode it will have, or against both', async () => {
  const thresholds = ['avg<=+0.1%'];
  const { plan } = madeUpRun({ ...seedLike, noise: 0.06, experiment: { thresholds } });
  const known = await mkdtemp(join(tmpdir(), 'dyno-calibration-'));
  const saved = calibration({ ...alike, noise: 0.06 });
  const environment = { ...madeUpEnvironment, fingerprint: saved.fingerprint };
  const save = (mode: PlanFile['mode']) =>
    saveCalibration(known, {
      ...saved,
      mode,
      subject: subjectOf({ ...plan, mode }, plan.experiment.baseline),
    });
  const asking = (mode: 'auto' | 'isolated'): PlanFile => ({
    ...plan,
    mode: 'isolated',
    pilot: null,
    plan: { ...plan.plan, mode },
  });
  const refusal = /tighter than the noise floor/;
  try {
    await refuseTightGatesOf(asking('isolated'), environment, known);
    await save('isolated');
    await assert.rejects(refuseTightGatesOf(asking('isolated'), environment, known), refusal);
    await refuseTightGatesOf({ ...asking('isolated'), force: true }, environment, known);
    await refuseTightGatesOf(asking('auto'), environment, known);
    await save('fine');
    await assert.rejects(refuseTightGatesOf(asking('auto'), environment, known), refusal);
  } finally {
    await rm(known, { recursive: true });
  }
});

test('a later verdict quotes the floor', () => {
  const report = analyse({ ...madeUpRun(seedLike), calibration: calibration(alike) });
  const mean = report.metrics.find(({ name }) => name === 'latency.mean');
  assert.ok(mean?.noiseFloor);
  assert.equal(report.calibration?.pairs, 10);
});

function calibration(made: MadeUp): CalibrationFile {
  const run = madeUpRun(made);
  return calibrationOf(run.plan, run.environment, analyse(run), now);
}

function loaded(): LoadedExperiment {
  const { experiment } = madeUpRun({ ...seedLike }).plan;
  return { file: 'experiments/made-up.ts', experiment };
}

type Variant = PlanFile['experiment']['baseline'];

function withBaseline(plan: PlanFile, change: Partial<Variant>): PlanFile {
  const baseline = { ...plan.experiment.baseline, ...change };
  return { ...plan, experiment: { ...plan.experiment, baseline } };
}

function withCandidate(plan: PlanFile, change: Partial<Variant>): PlanFile {
  const candidates = plan.experiment.candidates.map((variant) => ({ ...variant, ...change }));
  return { ...plan, experiment: { ...plan.experiment, candidates } };
}
