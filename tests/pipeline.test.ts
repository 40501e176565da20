import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { reportSchema } from '@dyno/contracts/report';
import { evidenceFileSchema } from '@dyno/contracts/run';
import { livingOf } from '../services/lab/src/run/processes.ts';
import { RunFolder } from '../services/lab/src/run/results.ts';
import { readSettings } from '../services/lab/src/settings.ts';

const settings = readSettings();
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

async function dyno(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['services/lab/src/cli.ts', ...args], {
    cwd: settings.project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  return { code, stdout, stderr };
}
