import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type Progress, schemaVersion } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { newRunId, noteLostRuns, pointLatest, RunFolder, runIds, unfinishedRuns } from './results.ts';

let results: string;
/** Before this process began. */
const longAgo = '2026-01-01T00:00:00.000Z';

beforeEach(() => {
  results = mkdtempSync(join(tmpdir(), 'dyno-results-'));
});

afterEach(() => rmSync(results, { recursive: true }));

test('run ids sort by time and name their experiment', () => {
  const ids = [Date.UTC(2026, 1, 1), Date.UTC(2026, 10, 21)].map((ms) => newRunId('shop', new Date(ms)));
  assert.deepEqual(ids, ids.toSorted());
  assert.match(ids[1] ?? '', /^20261121-000000-shop-[0-9a-f]{4}$/);
});

test('latest is the run that was started last, and can be replaced', async () => {
  await assert.rejects(RunFolder.open(results, 'latest'), refusal(2, /no run in .* yet/));
  for (const runId of ['2-b', '1-a']) await runWith(runId, null);
  await pointLatest(results, '1-a');
  await pointLatest(results, '2-b');
  assert.equal(readlinkSync(join(results, 'latest')), '2-b');
  assert.deepEqual(await runIds(results), ['1-a', '2-b']);
  assert.equal((await RunFolder.open(results, 'latest')).runId, '2-b');
  await pointLatest(results, '1-a');
  assert.equal((await RunFolder.open(results, 'latest')).runId, '1-a');
  rmSync(join(results, 'latest'));
  assert.equal((await RunFolder.open(results, 'latest')).runId, '2-b');
});

test('a run id never leads out of the results', async () => {
  for (const runId of ['../x', '..', '/etc', 'a/b', 'A', '']) {
    await assert.rejects(RunFolder.open(results, runId), refusal(2, /is not a run id/));
  }
  await assert.rejects(RunFolder.open(results, 'gone'), refusal(2, /no run "gone"/));
});

test('a file that is damaged is named with what is wrong', async () => {
  const folder = await runWith('1-a', null);
  writeFileSync(folder.file('metrics.json'), JSON.stringify({ schemaVersion }));
  await assert.rejects(folder.read('metrics.json'), refusal(4, /metrics\.json does not fit: rounds/));
  writeFileSync(folder.file('metrics.json'), '{');
  await assert.rejects(folder.read('metrics.json'), refusal(4, /metrics\.json cannot be read: line 1: /));
  writeFileSync(folder.file('rounds.ndjson'), '{"round":1}\n');
  await assert.rejects(folder.rounds(), refusal(4, /rounds\.ndjson, line 1/));
});

test('a process that has only got the number of a lost one is not taken for it', async () => {
  await runWith('1-lost', { state: 'running', pid: process.pid, updatedAt: longAgo });
  assert.deepEqual(
    (await unfinishedRuns(results)).map(({ state }) => state),
    ['lost'],
  );
});

test('reading the rounds leaves a line alone that is being written', async () => {
  const folder = await runWith('1-a', null);
  writeFileSync(folder.file('rounds.ndjson'), '{"round":');
  assert.deepEqual(await folder.rounds(), []);
  assert.equal(readFileSync(folder.file('rounds.ndjson'), 'utf8'), '{"round":');
});

test('a lost run is told once, others are not', async () => {
  // No process has this number: the kernel's limit is below it.
  await runWith('1-lost', { state: 'running', pid: 2 ** 30 });
  await runWith('2-living', { state: 'running', pid: process.pid, updatedAt: new Date().toISOString() });
  await runWith('3-done', { state: 'finished', pid: 2 ** 30 });
  await runWith('4-stopped', { state: 'interrupted', pid: 2 ** 30 });
  const states = async () =>
    (await unfinishedRuns(results)).map(({ progress, state }) => `${progress.runId} ${state}`);
  assert.deepEqual(await states(), ['4-stopped interrupted', '2-living running', '1-lost lost']);
  assert.match(
    (await noteLostRuns(results)).join(),
    /^run 1-lost was cut off in block 2 of 8.*--resume 1-lost$/,
  );
  assert.deepEqual(await noteLostRuns(results), []);
  assert.deepEqual(await states(), ['4-stopped interrupted', '2-living running', '1-lost interrupted']);
});

async function runWith(runId: string, change: Partial<Progress> | null): Promise<RunFolder> {
  const folder = await RunFolder.create(results, runId);
  writeFileSync(folder.file('plan.json'), '{}');
  if (change) {
    await folder.write('progress.json', {
      schemaVersion,
      runId,
      state: 'running',
      pid: 1,
      updatedAt: longAgo,
      stage: 'window',
      round: 3,
      block: 2,
      blocksMax: 8,
      variant: 'a',
      requestsPerSecond: null,
      latencyMsP95: null,
      secondsLeft: 10,
      message: '',
      ...change,
    });
  }
  return folder;
}

function refusal(exitCode: number, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DynoError, String(error));
    assert.match(error.message, message);
    assert.equal(error.exitCode, exitCode);
    return true;
  };
}
