import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Request } from 'playwright-core';
import { Lab, reportOf } from '../faults/lab.ts';
import type { Strike } from '../faults/strike.ts';
import { finishRun, writeProgress, writeStartedRun } from '../runFolders.ts';
import { open, options, textOf, until, withDashboard } from './dashboard.ts';

let results = '';
withDashboard(async (folder) => {
  results = folder;
});

test('one page follows a run through kill -9, Ctrl-C and two resumes to its verdict', options, async (t) => {
  const lab = await Lab.open(t, {
    command: ['node', 'talker.cjs'],
    // No rate that a busy machine could miss: a round that does not count would be measured again.
    experiment: { load: { requests: [{ target: '/' }], vus: 2 } },
  });
  writeFileSync(join(lab.folder, 'talker.cjs'), talker);
  const seen = (what: string) => writeFileSync(join(lab.folder, what), '');
  /** The run stands still in its second block until the page was looked at. */
  const inWindow = (what: string, signal: 'SIGKILL' | 'SIGINT'): Strike => ({
    stage: 'window',
    block: 2,
    shell: `until [ -e ${join(lab.folder, what)} ]; do sleep 0.1; done`,
    signal,
    group: signal === 'SIGINT',
  });
  const go = (args: string[], ...strikes: Strike[]) =>
    lab.start(['run', ...args, '--wait', '--json'], { strikes, env: { DYNO_RESULTS: results } });

  const killed = go([lab.experimentFile, '--seed', '7'], inWindow('crash', 'SIGKILL'));
  await until(async () => (await latest()) !== null);
  const id = (await latest()) ?? '';
  await using opened = await open(`/runs/${id}`);
  const { page } = opened;
  await page.evaluate(() => Reflect.set(globalThis, 'sameDocument', true));
  const strip = page.locator('[data-live]');
  const soFar = page.locator('[data-so-far]');
  await strip.getByText('block 2 of at most 2').waitFor();
  await soFar.getByText('mean latency').waitFor();
  await page.getByRole('heading', { name: 'What was measured so far, no verdict yet' }).waitFor();
  assert.equal(await page.locator('[data-metric]').count(), 0, 'nothing is judged');
  seen('crash');
  assert.equal((await killed.ended).signal, 'SIGKILL');
  await page.getByText('This run crashed').waitFor();
  await strip.waitFor({ state: 'detached' });

  const stopped = go(['--resume', id], inWindow('stop', 'SIGINT'));
  await strip.getByText('Logs').click();
  await page.getByRole('log').getByText('at your service').waitFor();
  assert.ok(!(await textOf(page.getByRole('log'))).includes('\u001b'), 'no control characters');
  seen('stop');
  assert.equal((await stopped.ended).code, 130);
  await page.getByText('This run was interrupted').waitFor();

  const finished = go(['--resume', id]);
  await strip.waitFor();
  const report = reportOf(await finished.ended);
  await page.locator('h1').getByText(report.sentence).waitFor();
  await strip.waitFor({ state: 'detached' });
  await soFar.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => Reflect.get(globalThis, 'sameDocument')), true, 'without a reload');
});

test('a run that ends before the list of runs listens to it is in the list', options, async () => {
  const run = await writeStartedRun(results, { id: 'ending', rounds: 2, progress: {} });
  await using opened = await open('/');
  const { page } = opened;
  const ended = Promise.withResolvers<void>();
  await page.route('**/runs/ending/live', async (route) => {
    await ended.promise;
    await route.continue();
  });
  await page.reload();
  await page.locator('a[href="/runs/ending"]').waitFor();
  await finishRun(run);
  ended.resolve();
  await page.locator('tr[data-run="ending"]').waitFor();
});

test('a stream that was refused is asked for again', options, async () => {
  await writeStartedRun(results, {
    id: 'refused',
    rounds: 2,
    progress: { stage: 'warmup', variant: 'naive' },
  });
  await using opened = await open('/', {}, { expectBlocked: true });
  const { page } = opened;
  let refusals = 0;
  await page.route('**/runs/refused/live', async (route) => {
    refusals += 1;
    if (refusals === 1) await route.fulfill({ status: 503, body: 'Too many pages follow runs; close one.' });
    // It ends at once, and for that the browser would come back, too.
    else
      await route.fulfill({ contentType: 'text/event-stream', body: `retry: 600000\ndata: ${tracing}\n\n` });
  });
  await page.goto(new URL('/runs/refused', page.url()).href);
  await page.locator('[data-live]').getByText('Tracing naive').waitFor();
  assert.equal(refusals, 2);
});

test('a page that was opened before the first word of a run hears it', options, async () => {
  const progress = { stage: 'warmup', variant: 'naive' } as const;
  const run = await writeStartedRun(results, { id: 'early', rounds: 0, progress });
  await rm(join(run.folder, 'progress.json'));
  await using opened = await open('/runs/early');
  await opened.page.getByText('This run has no report').waitFor();
  await writeProgress(run, progress);
  await opened.page.locator('[data-live]').getByText('Warming up naive').waitFor();
});

test('a hidden tab gives its stream back, and takes it up again', options, async () => {
  await writeStartedRun(results, {
    id: 'hidden',
    rounds: 2,
    progress: { stage: 'warmup', variant: 'naive' },
  });
  await using opened = await open('/');
  const { page } = opened;
  const isStream = (request: Request) => request.url().endsWith('/runs/hidden/live');
  // What it says at first is in the page that the server made: the stream is there a little later.
  await Promise.all([page.waitForRequest(isStream), page.goto(new URL('/runs/hidden', page.url()).href)]);
  await page.locator('[data-live]').getByText('Warming up naive').waitFor();
  const show = (hidden: boolean) =>
    page.evaluate(
      `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
       document.dispatchEvent(new Event('visibilitychange'))`,
    );
  const [given] = await Promise.all([page.waitForEvent('requestfailed', isStream), show(true)]);
  assert.match(given.failure()?.errorText ?? '', /ABORTED/);
  await Promise.all([page.waitForRequest(isStream), show(false)]);
});

const latest = () => readlink(join(results, 'latest')).catch(() => null);

const tracing = JSON.stringify({
  stage: 'trace',
  round: 2,
  block: 1,
  blocksMax: 2,
  variant: 'naive',
  requestsPerSecond: null,
  latencyMsP95: null,
  secondsLeft: 3,
  message: '',
  state: 'running',
  page: '',
});

/** A service that colours its log, as many do. */
const talker = `
  console.log('\\u001b[32mat your service\\u001b[0m');
  require('node:http').createServer((_request, response) => response.end('{}'))
    .listen(process.env.PORT, process.env.HOST ?? '127.0.0.1');`;
