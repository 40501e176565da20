import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { reportSchema } from '@dyno/contracts/report';
import { evidenceFileSchema, type PlanFile, planFileSchema, roundSchema } from '@dyno/contracts/run';
import { until } from '../services/lab/src/run/fixtures/until.ts';
import { livingOf } from '../services/lab/src/run/processes.ts';
import { RunFolder } from '../services/lab/src/run/results.ts';
import { readSettings } from '../services/lab/src/settings.ts';

const settings = readSettings();
/** A measurement elsewhere on this machine is waited for. */
const otherMeasurementMs = 600_000;
const experiment = 'tests/experiments/tiny.ts';

test('dyno run measures, explains and reports; everything can be made again from the files', async () => {
  const { code, stdout, stderr } = await dyno('run', experiment, '--json', '--wait');
  const report = reportSchema.parse(JSON.parse(stdout));
  assert.equal(report.verdict, 'improved', `${report.sentence}\n${stderr}`);
  assert.equal(code, 0, report.sentence);
  assert.equal(report.exitCode, 0);
  assert.equal(report.blocks, 3);
  assert.deepEqual(
    report.guards.filter(({ status }) => status === 'fail'),
    [],
  );
  const mean = report.metrics.find(({ name }) => name === 'latency.mean');
  assert.ok((mean?.ratio?.high ?? 1) < 0.5, mean?.sentence);

  const folder = await RunFolder.open(settings.results, 'latest');
  assert.equal(folder.runId, report.runId);
  assert.equal(readlinkSync(join(settings.results, 'latest')), report.runId);
  assert.equal((await folder.read('progress.json')).state, 'finished');
  assert.match(readFileSync(folder.file('report.md'), 'utf8'), /mean latency/);
  assert.deepEqual(
    readdirSync(folder.file('samples')).filter((name) => !/\.(parquet|resources\.ndjson)$/.test(name)),
    [],
    'the CSV of k6 is gone',
  );
  await assertEvidence(folder);
  assert.deepEqual(await livingOf(settings.home, 'run'), []);

  const remade = await dyno('report', report.runId, '--remake', '--json');
  assert.deepEqual(JSON.parse(remade.stdout), report);
  const printed = await dyno('report', report.runId);
  assert.match(printed.stdout, /improved/i);
  assert.equal(printed.stdout.includes('\u001b'), false, 'no colours into a pipe');
});

test('a run goes on after kill -9 and after Ctrl-C, by its own plan', async () => {
  const killed = start('run', experiment, '--plan', 'bare', '--seed', '5', '--wait');
  const folder = await newestRun(killed);
  await until('the first round', () => linesOf(folder) === 1);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  await until('nothing of it lives', async () => (await livingOf(settings.home, 'run')).length === 0);
  const plan = await planOf(folder);
  const status = await dyno('status');
  assert.match(
    status.stderr,
    new RegExp(`run ${folder.runId} was cut off in block 1 of 2: its process ${killed.pid}`),
  );
  assert.match(
    status.stdout,
    new RegExp(`${folder.runId} was interrupted in block 1 of 2: dyno run --resume`),
  );

  const interrupted = start('run', '--resume', folder.runId, '--wait');
  const messages = text(interrupted.stderr ?? assert.fail());
  await until('a second round', () => linesOf(folder) === 2);
  interrupted.kill('SIGINT');
  assert.deepEqual(await once(interrupted, 'exit'), [130, null]);
  assert.match(await messages, new RegExp(`dyno run --resume ${folder.runId}`));
  assert.deepEqual(await livingOf(settings.home, 'run'), []);

  await assertRefused(folder, plan);

  const { stdout, stderr } = await dyno('run', '--resume', 'latest', '--json', '--wait');
  const report = reportSchema.parse(JSON.parse(stdout));
  assert.equal(report.runId, folder.runId);
  assert.equal(report.blocks, 2, stderr);
  assert.deepEqual(await planOf(folder), plan);
  const counted = (await folder.read('metrics.json')).rounds;
  assert.deepEqual(
    counted.map(({ variant }) => variant),
    plan.order.flat(),
  );
  assert.deepEqual(await livingOf(settings.home, 'run'), []);
});

/** A scenario that is not the one of the first rounds would make them incomparable. */
async function assertRefused(folder: RunFolder, plan: PlanFile): Promise<void> {
  const scenario = 'k6/scenarios/products.ts';
  const other = { ...plan, hashes: { ...plan.hashes, [scenario]: '0'.repeat(64) } };
  writeFileSync(folder.file('plan.json'), JSON.stringify(other));
  const { code, stderr } = await dyno('run', '--resume', folder.runId);
  writeFileSync(folder.file('plan.json'), JSON.stringify(plan));
  assert.equal(code, 2);
  assert.match(stderr, /k6\/scenarios\/products\.ts has changed/);
}

async function assertEvidence(folder: RunFolder): Promise<void> {
  const evidence = evidenceFileSchema.parse(await folder.read('evidence.json'));
  assert.deepEqual(evidence.missing, []);
  assert.deepEqual(
    evidence.traces.map(({ variant, kind }) => `${variant} ${kind}`),
    ['naive', 'optimized'].flatMap((variant) => ['p50', 'p95', 'p99'].map((kind) => `${variant} ${kind}`)),
  );
  const naive = evidence.traces.find(({ variant }) => variant === 'naive');
  assert.ok((naive?.spans ?? 0) > 50, 'a trace of the naive variant holds its queries');
  assert.deepEqual(
    evidence.profiles.map(({ variant }) => variant),
    ['naive', 'optimized'],
  );
  for (const { flamegraph, folded, requests } of evidence.profiles) {
    assert.match(readFileSync(folder.file(flamegraph), 'utf8'), /<html/);
    assert.match(readFileSync(folder.file(folded), 'utf8'), / \d+$/m);
    assert.ok(requests > 0);
  }
  for (const { file } of evidence.traces) assert.ok(existsSync(folder.file(file)));
}

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['services/lab/src/cli.ts', ...args], {
    cwd: settings.project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function dyno(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = start(...args);
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([
    text(child.stdout ?? assert.fail()),
    text(child.stderr ?? assert.fail()),
  ]);
  const [code] = await exited;
  return { code, stdout, stderr };
}

/** The run that this process has just begun. */
async function newestRun(child: ChildProcess): Promise<RunFolder> {
  const path = join(settings.results, 'latest');
  let folder: RunFolder | null = null;
  await until(
    'a run of its own',
    async () => {
      if (!existsSync(path)) return false;
      folder = await RunFolder.open(settings.results, readlinkSync(path));
      const progress = folder.has('progress.json') ? await folder.read('progress.json') : null;
      return progress?.pid === child.pid;
    },
    otherMeasurementMs,
  );
  return folder ?? assert.fail();
}

async function planOf(folder: RunFolder): Promise<PlanFile> {
  return planFileSchema.parse(await folder.read('plan.json'));
}

/** Whole lines only: the last one may be on its way. */
function linesOf(folder: RunFolder): number {
  const path = folder.file('rounds.ndjson');
  if (!existsSync(path)) return 0;
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => roundSchema.parse(JSON.parse(line))).length;
}
