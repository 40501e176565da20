import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { type Ablation, ablationSchema } from '@dyno/contracts/ablation';
import type { JobView } from '@dyno/contracts/job';
import { type Progress, schemaVersion } from '@dyno/contracts/run';
import { ablationRows } from '@dyno/lab/ablationTable';
import { change, changeInterval } from '@dyno/lab/format';
import { storedAblation } from '../../services/lab/src/fixtures/storedAblation.ts';
import { shopLike } from '../../services/lab/src/report/fixtures/ablation.ts';
import { RunFolder } from '../../services/lab/src/run/results.ts';
import { cookieOf, open, options, post, raw, textOf, until, withCode, withDashboard } from './dashboard.ts';

let answer: Ablation;
const lab = withDashboard(async (results) => {
  await storedAblation(results, { ...shopLike, runId: 'shop', createdAt: '2026-11-21T10:00:00.000Z' });
  const stopped = await storedAblation(results, { ...shopLike, runId: 'stopped', seed: 5 });
  await rm(stopped.file('ablation.json'));
  const running = await storedAblation(results, { ...shopLike, runId: 'running', seed: 6 });
  answer = await running.read('ablation.json');
  await rm(running.file('ablation.json'));
  await running.write('progress.json', progressOf('running'));
});

test(
  'the list names what was taken apart, and what was stopped; it is no list of runs',
  options,
  async () => {
    await using opened = await open('/ablations');
    const rows = await opened.page.locator('tbody tr').allTextContents();
    assert.match(rows.find((row) => row.includes('÷')) ?? '', /made-up.*÷22.* CPU per request.*indexes ÷4/);
    assert.ok(rows.some((row) => row.includes('stopped before its end')));
    await opened.page.goto(`${lab.url()}/`);
    assert.doesNotMatch(await textOf(opened.page.locator('main')), /ablations/);
  },
);

test('the page says what ablation.json says, also without any script', options, async () => {
  const file = `${lab.results()}/ablations/shop/ablation.json`;
  const ablation = ablationSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  await using opened = await open('/ablations/shop', { javaScriptEnabled: false });
  const { page } = opened;
  assert.equal(await textOf(page.locator('h1')), ablation.sentence);
  const [metric, latency] = ablation.metrics;
  assert.ok(metric && latency);
  const table = await textOf(page.locator('#table'));
  const steps = await textOf(page.locator('#waterfall'));
  const words = await textOf(page.locator('#switches'));
  for (const { name, worth, alone, together, verdict, sentence } of metric.switches) {
    const figures = [change(worth.estimate), changeInterval(worth.low, worth.high), change(alone.estimate)];
    for (const shown of [name, ...figures, change(together.estimate), verdict])
      assert.ok(table.includes(shown), shown);
    assert.ok(steps.includes(change(worth.estimate)), name);
    assert.ok(words.includes(sentence), sentence);
  }
  assert.ok(steps.includes(metric.sentence));
  // Cell by cell what the terminal prints, with its doubts and confirmations; a verdict has a mark before it.
  const rows = await page.locator('#table tbody tr').allTextContents();
  for (const [index, { name, cells }] of ablationRows(metric).entries())
    assert.ok(rows[index]?.startsWith(name + cells.slice(0, -1).join('')), rows[index]);
  await page.getByRole('link', { name: 'mean latency' }).click();
  assert.ok((await textOf(page.locator('#waterfall'))).includes(latency.sentence));
});

test(
  'one under way says how far it is, with what is on in words, and renders nothing anew before its answer is there',
  options,
  async () => {
    await using opened = await open('/ablations/running');
    const asked: string[] = [];
    opened.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const strip = opened.page.getByRole('region', { name: 'Progress of the ablation' });
    assert.match(await textOf(strip), /Measuring with cache.*block 4 of 32, round 7/);
    const folder = await RunFolder.open(`${lab.results()}/ablations`, 'running');
    const progress = await folder.read('progress.json');
    await folder.write('progress.json', { ...progress, block: 5 });
    await strip.getByText('block 5 of 32').waitFor();
    await folder.write('progress.json', { ...progress, stage: 'warmup', block: 6 });
    await strip.getByText('block 6 of 32').waitFor();
    assert.ok(!asked.includes('/ablations/running'), asked.join(' '));
    const stop = { name: 'Stop the ablation' };
    assert.equal(await opened.page.getByRole('button', stop).count(), 0);
    {
      await using letIn = await open(await withCode('/ablations/running'));
      await letIn.page.getByRole('button', stop).waitFor();
    }
    await folder.write('ablation.json', answer);
    await opened.page.locator('h1').getByText(answer.sentence).waitFor();
  },
);

test('one that was stopped says how to go on; another address is no page', options, async () => {
  await using opened = await open('/ablations/stopped');
  await opened.page.getByText('npx dyno ablate --resume stopped').waitFor();
  assert.equal(await opened.page.getByRole('button', { name: /Go on|Stop/ }).count(), 0);
  await using nowhere = await open('/ablations/nobody', {}, { expectBlocked: true });
  await nowhere.page.getByText('There is no such page').waitFor();
});

test(
  'its page follows when it is gone on with elsewhere, and when it is stopped again',
  options,
  async () => {
    await using opened = await open('/ablations/stopped');
    const stopped = opened.page.getByText('npx dyno ablate --resume stopped');
    await stopped.waitFor();
    const folder = await RunFolder.open(`${lab.results()}/ablations`, 'stopped');
    await folder.write('progress.json', { ...progressOf('stopped'), stage: 'start' });
    const strip = opened.page.getByRole('region', { name: 'Progress of the ablation' });
    await strip.getByText('block 4 of 32').waitFor();
    await stopped.waitFor({ state: 'detached' });
    await folder.write('progress.json', { ...progressOf('stopped'), state: 'interrupted' });
    await stopped.waitFor();
    assert.equal(await strip.count(), 0);
  },
);

test('whoever was let in stops it and goes on with it from its page', options, async () => {
  await using opened = await open(await withCode('/ablations/stopped'));
  await opened.page.getByRole('button', { name: 'Go on with this ablation' }).waitFor();
  const cookie = await cookieOf();
  for (const [path, target, status] of [
    ['/actions/resume', { ablationId: 'nobody' }, 404],
    ['/actions/resume', { ablationId: '../stopped' }, 400],
    // A run is not an ablation, nor the other way round.
    ['/actions/resume', { runId: 'stopped' }, 404],
    ['/actions/stop', { ablationId: 'nobody' }, 404],
    // Its process measures nothing.
    ['/actions/stop', { ablationId: 'running' }, 409],
  ] as const) {
    assert.equal((await post(path, target, { cookie })).status, status, `${path} ${JSON.stringify(target)}`);
  }
  const resumed = await post('/actions/resume', { ablationId: 'stopped' }, { cookie });
  // Its service never was: where nobody else measures the command is started and refuses, else it would have to wait.
  if (resumed.status === 409) return;
  assert.equal(resumed.status, 202, resumed.body);
  const { job }: { job: JobView } = JSON.parse(resumed.body);
  assert.deepEqual([job.kind, job.command], ['ablation', 'npx dyno ablate --resume=stopped']);
  await until(async () => {
    const { body } = await raw(`/actions/jobs/${job.id}`);
    const { state }: JobView = JSON.parse(body).job;
    return state === 'failed';
  });
});

/** Of one that this process measures, in a window. */
function progressOf(runId: string): Progress {
  return {
    ...{ schemaVersion, runId, state: 'running', pid: process.pid, updatedAt: new Date().toISOString() },
    ...{ stage: 'window', round: 7, block: 4, blocksMax: 32, variant: 'only-cache' },
    ...{ requestsPerSecond: 50, latencyMsP95: 12, secondsLeft: 300, message: '' },
  };
}
