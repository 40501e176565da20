import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { type Progress, schemaVersion } from '@dyno/contracts/run';
import { storedRun } from '../fixtures/storedRun.ts';
import { seedLike } from '../report/fixtures/run.ts';
import { RunFolder } from '../run/results.ts';

const cli = join(import.meta.dirname, '..', 'cli.ts');
let root: string;
let results: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'dyno-commands-'));
  results = join(root, 'results');
  const improved = { ...seedLike, experiment: { thresholds: [] } };
  await storedRun(results, improved, { runId: 'run-1', createdAt: '2026-01-01T00:00:00.000Z' });
  const slower = { ...improved, seed: 2, candidate: { meanMs: 40, cpuMsPerRequest: 0.8 } };
  await storedRun(results, slower, { runId: 'run-2', createdAt: '2026-01-02T00:00:00.000Z' });
});

after(() => rm(root, { recursive: true }));

test('report: one format by its name, another by the ending of its file', async () => {
  const { status, stdout } = dyno('report', 'run-1', '--format', 'markdown');
  assert.equal(status, exitCodes.pass);
  assert.match(stdout, /^# A run that never was/);
  const file = join(root, 'junit.xml');
  const written = dyno('report', 'run-1', '-o', file);
  assert.equal(written.stdout, '');
  assert.match(written.stderr, /junit\.xml\n$/);
  assert.match(await readFile(file, 'utf8'), /^<\?xml /);
});

test('report: a format or place that there is not is refused with the way out', () => {
  expectFailure(
    dyno('report', 'run-1', '--format', 'docx'),
    exitCodes.usage,
    /Allowed choices are terminal, markdown/,
  );
  expectFailure(dyno('report', 'run-1', '-o', 'report.docx'), exitCodes.usage, /--format/);
  expectFailure(
    dyno('report', 'run-1', '-o', join(root, 'no', 'r.md')),
    exitCodes.usage,
    /cannot be written/,
  );
});

test('report: one HTML file with everything in it; a PDF where there is a Chromium', async () => {
  const file = join(root, 'report.html');
  assert.equal(dyno('report', 'run-1', '-o', file).status, exitCodes.pass);
  assert.match(await readFile(file, 'utf8'), /^<!doctype html>[\s\S]*Improved:[\s\S]*<svg[\s\S]*<\/html>\n$/);
  const goal = dyno('gate', 'run-1', '--threshold', 'avg<0.001', '--format', 'html');
  assert.equal(goal.status, exitCodes.gateFailed);
  assert.match(goal.stdout, /<code>avg&lt;0\.001<\/code>/, 'judged by the goals of the call');

  const nobody = { DYNO_CHROMIUM: join(root, 'no-browser') };
  expectFailure(
    dynoWith(nobody, 'report', 'run-1', '-o', join(root, 'r.pdf')),
    exitCodes.usage,
    /DYNO_CHROMIUM is .*no-browser/,
  );
});

test('report: a run under way is no report yet', async () => {
  const folder = await storedRun(results, seedLike, { runId: 'run-under-way' });
  const progress: Progress = {
    schemaVersion,
    runId: 'run-under-way',
    state: 'running',
    pid: process.pid,
    updatedAt: new Date().toISOString(),
    stage: 'window',
    round: 3,
    block: 2,
    blocksMax: 8,
    variant: 'naive',
    requestsPerSecond: null,
    latencyMsP95: null,
    secondsLeft: null,
    message: '',
  };
  await folder.write('progress.json', progress);
  const message = new RegExp(`run-under-way is under way \\(block 2 of 8, process ${process.pid}\\)`);
  for (const command of ['report', 'export']) {
    expectFailure(dyno(command, 'run-under-way'), exitCodes.usage, message);
  }
  await rm(folder.path, { recursive: true });
});

test('report: a run of another version of Dyno says so, once', async () => {
  const folder = await RunFolder.create(results, 'run-0');
  await writeFile(folder.file('plan.json'), JSON.stringify({ schemaVersion: 1, runId: 'run-0' }));
  await writeFile(folder.file('report.json'), JSON.stringify({ schemaVersion: 1, runId: 'run-0' }));
  const { status, stderr } = dyno('report', 'run-0');
  assert.equal(status, exitCodes.usage);
  assert.match(
    stderr,
    /report\.json was written by an earlier Dyno: its format has version 1, this one reads 3/,
  );
  assert.match(stderr, /Read it with that Dyno, or measure again\.\n$/);
  assert.equal(stderr.trim().split('\n').length, 1);
  await rm(folder.path, { recursive: true });
});

test('gate: figures that are older than the rounds are no verdict', async () => {
  const folder = await storedRun(results, seedLike, { runId: 'run-cut-off' });
  const metrics = await folder.read('metrics.json');
  await folder.write('metrics.json', { ...metrics, rounds: metrics.rounds.slice(0, -2) });
  expectFailure(
    dyno('gate', 'run-cut-off'),
    exitCodes.invalid,
    /figures of run run-cut-off are older than its rounds: it was cut off\. Go on with "dyno run --resume run-cut-off"/,
  );
  await rm(folder.path, { recursive: true });
});

test('report --remake: damaged samples are named with their round and the way out, and nothing is replaced', async () => {
  const folder = await storedRun(results, seedLike, { runId: 'run-damaged' });
  const before = await readFile(folder.file('metrics.json'));
  const [, round] = await folder.rounds();
  assert.ok(round);
  const path = folder.file(round.samples.file);
  const whole = await readFile(path);
  const sentence = `${path} of round ${round.round} is damaged or missing, it is not what was measured; "dyno run --resume run-damaged" measures its block again.\n`;
  for (const damage of [() => writeFile(path, whole.subarray(0, whole.length / 2)), () => rm(path)]) {
    await damage();
    const { status, stdout, stderr } = dyno('report', 'run-damaged', '--remake');
    assert.equal(stderr, `The report of run run-damaged cannot be made again: ${sentence}`);
    assert.equal(stdout, '');
    assert.equal(status, exitCodes.invalid);
  }
  assert.deepEqual(await readFile(folder.file('metrics.json')), before);
  await writeFile(path, whole);
  assert.equal(dyno('report', 'run-damaged', '--remake').status, exitCodes.pass);
  await rm(folder.path, { recursive: true });
});

test('gate: judges a finished run by other thresholds, and its exit code is the answer', () => {
  const met = dyno('gate', 'run-1', '--threshold', 'avg<5000', '--threshold', 'avg<=-50%');
  assert.equal(met.status, exitCodes.pass, met.stderr);
  assert.match(met.stdout.replaceAll('\u00a0', ' '), /✓ mean latency is \S+ ms, the goal is < 5 s: met/);
  assert.equal(met.stdout.match(/^ {2}✓ mean latency/gm)?.length, 2, 'a line for each threshold');
  const missed = dyno('gate', 'run-1', '--threshold', 'p(95)<1', '--json');
  assert.equal(missed.status, exitCodes.gateFailed);
  assert.equal(JSON.parse(missed.stdout).thresholds[0].passed, false);
  expectFailure(dyno('gate', 'run-1', '--threshold', 'p(12)<1'), exitCodes.usage, /not a threshold/);
});

test('gate: what the run itself has said stays as it was', async () => {
  const folder = await RunFolder.open(results, 'run-1');
  const before = await readFile(folder.file('report.json'), 'utf8');
  dyno('gate', 'run-1', '--threshold', 'p(95)<1');
  assert.equal(await readFile(folder.file('report.json'), 'utf8'), before);
});

test('export, import and verify, from one results folder to another', async () => {
  const file = join(root, 'run.tar.gz');
  assert.equal(dyno('export', 'run-1', '-o', file).stdout, `${file}\n`);
  const other = join(root, 'other');
  const imported = dynoWith({ DYNO_RESULTS: other }, 'import', file);
  assert.equal(imported.stdout, 'run-1\n', imported.stderr);
  const verified = dynoWith({ DYNO_RESULTS: other }, 'verify', 'run-1');
  assert.equal(verified.status, exitCodes.pass, verified.stdout);
  assert.match(verified.stdout, /Run run-1 agrees/);
  for (const args of [
    ['run', '--resume', 'run-1'],
    ['calibrate', '--like', 'run-1'],
  ]) {
    expectFailure(
      dynoWith({ DYNO_RESULTS: other }, ...args),
      exitCodes.usage,
      /run-1 was imported.*its commands are not run here/,
    );
  }
  const folder = await RunFolder.open(other, 'run-1');
  const [round] = await folder.rounds();
  assert.ok(round);
  await writeFile(folder.file(round.samples.file), 'not what was measured');
  const damaged = dynoWith({ DYNO_RESULTS: other }, 'verify', 'run-1', '--json');
  assert.equal(damaged.status, exitCodes.invalid);
  assert.equal(JSON.parse(damaged.stdout).agrees, false);
});

test('what a command would not heed is refused', () => {
  expectFailure(
    dyno('calibrate', 'products', '--like', 'run-1'),
    exitCodes.usage,
    /--like run-1 says already what is measured: leave out products/,
  );
  expectFailure(dyno('run', 'products', '--set', 'TOKEN=a'), exitCodes.usage, /--set .*\(with --resume\)/);
});

test('baseline and history: the newest run against the established one', () => {
  assert.match(dyno('baseline', 'show').stdout, /^None is set/);
  assert.match(dyno('baseline', 'set', 'run-1').stdout, /held against optimized of run run-1/);
  assert.match(dyno('baseline', 'show').stdout, /^made-up: optimized of run run-1, since \d{4}-/);
  const { status, stdout } = dyno('history', 'made-up');
  assert.equal(status, exitCodes.pass);
  assert.match(stdout, /Run run-2 against run-1 of 2026-01-01:/);
  assert.match(stdout, /mean latency .* regressed\n/);
  const { rows, standing } = JSON.parse(dyno('history', '--json').stdout);
  assert.deepEqual(
    rows.map(({ runId }: { runId: string }) => runId),
    ['run-1', 'run-2'],
  );
  assert.equal(standing.before.runId, 'run-1');
  assert.equal(dyno('history', 'made-up', '--otava').stdout.trim().split('\n').length, 3);
  expectFailure(dyno('history', 'nix'), exitCodes.usage, /no finished run of "nix"/);
});

test('report --against: one run beside an earlier one', () => {
  assert.match(dyno('report', 'run-2', '--against', 'run-1').stdout, /^Run run-2 against run-1/);
  const others = [
    ['--format', 'csv'],
    ['-o', join(tmpdir(), 'standing.html')],
  ];
  for (const asked of others)
    expectFailure(
      dyno('report', 'run-2', '--against', 'run-1', ...asked),
      exitCodes.usage,
      /written as text or JSON/,
    );
});

test('what cannot be shown or profiled is said before anything is started', async () => {
  const home = join(root, 'open-home');
  await mkdir(home);
  await writeFile(join(home, 'token'), 'known to all\n', { mode: 0o644 });
  expectFailure(
    dynoWith({ DYNO_HOME: home }, 'dashboard', '--no-open'),
    exitCodes.usage,
    /token can be read by others \(mode 644\): remove it/,
  );
  expectFailure(
    dyno('profile', 'knownCost', '--variant', 'nix'),
    exitCodes.usage,
    /choose from as-is, plus-0, plus-2, plus-5, plus-10/,
  );
});

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function dyno(...args: string[]): Ended {
  return dynoWith({}, ...args);
}

function dynoWith(env: Record<string, string>, ...args: string[]): Ended {
  return spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    cwd: root,
    env: { ...process.env, DYNO_HOME: join(root, 'home'), DYNO_RESULTS: results, NO_COLOR: '1', ...env },
  });
}

/** One sentence, no stack of calls. */
function expectFailure({ status, stdout, stderr }: Ended, code: number, message: RegExp): void {
  assert.equal(status, code, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /^\s+at /m);
}
