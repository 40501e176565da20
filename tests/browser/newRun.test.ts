import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JobView } from '@dyno/contracts/job';
import { type ProfileSession, profileSessionSchema } from '@dyno/contracts/profileSession';
import { type Progress, progressFileSchema, schemaVersion } from '@dyno/contracts/run';
import type { Page } from 'playwright-core';
import { writeFinishedRun } from '../runFolders.ts';
import { violations } from './axe.ts';
import { cookieOf, open, options, post, textOf, until, withCode, withDashboard } from './dashboard.ts';

/** Somebody else may measure on this machine: the page offers to wait, and so does this. */
const patienceMs = 600_000;
const patient = { ...options, timeout: patienceMs };

const dashboard = withDashboard(async (results) => {
  await writeFinishedRun(results, { id: 'improved' });
  await writeSession(results, { id: '20260102-030405-products-0001', variant: 'naive' });
  await writeSession(results, { id: '20260102-040506-products-0002', variant: 'optimized', vus: 80 });
});

test('a run is started, stopped and gone on with from the page', patient, async () => {
  // A run says that it was stopped a moment before its process has ended, and until then nothing else begins.
  await using opened = await open(await withCode('/new?experiment=knownCost'), {}, { mayBeBusy: true });
  const { page } = opened;
  assert.equal(new URL(page.url()).search, '?experiment=knownCost', 'the code is gone from the address');
  await page.getByLabel('Candidate').selectOption('plus-10');
  await page.getByLabel('Fine').check();
  await page.getByLabel('Blocks at least').fill('3');
  await page.getByLabel('Blocks at most').fill('3');
  await page.getByLabel('Window (s)').fill('1.5');
  await page.getByLabel('Warm-up (s)').fill('0.5');
  assert.equal(
    await textOf(page.locator('code', { hasText: 'npx dyno run' }).first()),
    'npx dyno run experiments/knownCost.ts --candidate=plus-10 --mode=fine --blocks=3 --warmup=0.5 --duration=1.5',
  );
  assert.equal(await textOf(page.locator('[data-duration]')), '12\u00a0s');
  await startOrWait(page, 'Start this run');

  await page.waitForURL(/\/runs\/[^/]+known-cost/, { timeout: patienceMs });
  const id = new URL(page.url()).pathname.split('/')[2] ?? '';
  await until(async () => (await progressOf(id)).block >= 1);
  // A second one is refused while it goes on, and told who measures.
  const second = await post('/actions/run', { experiment: 'knownCost' }, { cookie: await cookieOf() });
  assert.equal(second.status, 409);
  assert.match(second.body, /One measurement at a time.*knownCost/);
  await page.getByRole('button', { name: 'Stop the run' }).click();
  // Another tab asks for it, too, which is no hurry; 409 is that it has ended already.
  const again = await post('/actions/stop', { runId: id }, { cookie: await cookieOf() });
  assert.ok([202, 409].includes(again.status), again.body);
  await page.getByText('This run was interrupted').waitFor({ timeout: patienceMs });
  assert.equal((await progressOf(id)).state, 'interrupted');

  await startOrWait(page, 'Go on with this run');
  await page.getByText('This run was interrupted').waitFor({ state: 'detached', timeout: patienceMs });
  await until(async () => (await progressOf(id)).state === 'finished');
  await page.locator('h1[data-verdict], [data-verdict] h1, h1').first().waitFor();
  const repeat = page.getByRole('link', { name: 'Repeat with changes' });
  await repeat.click();
  await page.waitForURL(/\/new\?repeat=/);
  assert.equal(await page.getByLabel('Candidate').inputValue(), 'plus-10');
  assert.equal(await page.getByLabel('Window (s)').inputValue(), '1.5');
});

test('what cannot be done is said in words', options, async () => {
  await using opened = await open(await withCode('/new?repeat=improved'), {}, { expectBlocked: true });
  const { page } = opened;
  await page.getByText('As run').waitFor();
  const cookie = await cookieOf();
  const busy = await post('/actions/resume', { runId: 'improved' }, { cookie });
  // Finished already: where nobody else measures it is started and its refusal shown, else it would have to wait.
  assert.ok(busy.status === 202 || busy.status === 409, busy.body);
  if (busy.status === 202) {
    await page.goto(`${dashboard.url()}/new`);
    const { job } = JSON.parse(busy.body);
    await until(async () => (await jobOf(job.id)).state === 'failed');
    assert.match((await jobOf(job.id)).error ?? '', /run improved/i);
  }
});

test('without the cookie a page says how to get it, and has no buttons that are dead', options, async () => {
  await using opened = await open('/new?experiment=knownCost&repeat=..');
  const { page } = opened;
  await page
    .getByText('run "npx dyno dashboard"')
    .or(page.getByText('Starting and stopping needs'))
    .first()
    .waitFor();
  assert.equal(await page.getByRole('button', { name: 'Start this run' }).count(), 0);
  await page.getByText('repeat=.. was left out').waitFor();
  await page.goto(`${dashboard.url()}/profiles`);
  assert.equal(await page.getByRole('button', { name: 'Profile this variant' }).count(), 0);
});

test('two sessions stand side by side, each without our origin', options, async () => {
  await using opened = await open(await withCode('/profiles'));
  const { page } = opened;
  assert.equal(await page.locator('tbody tr').count(), 2);
  await page.getByLabel(/^Before: naive/).check();
  await page.getByLabel(/^After: optimized/).check();
  await page.getByRole('button', { name: 'Put the two side by side' }).click();
  await page.waitForURL(/\/profiles\/compare\?/);
  await page.getByText('users 50 and 80').waitFor();
  const frames = page.locator('iframe');
  assert.equal(await frames.count(), 2);
  for (const index of [0, 1]) {
    assert.equal(await frames.nth(index).getAttribute('sandbox'), 'allow-scripts');
    await frames.nth(index).scrollIntoViewIfNeeded();
    await frames.nth(index).contentFrame().getByText('a flamegraph').waitFor();
  }
});

test('forms and lists are accessible in both themes and do not scroll sideways', options, async () => {
  await using opened = await open(await withCode('/'), { colorScheme: 'light', bypassCSP: true });
  const { page } = opened;
  for (const path of [
    '/new',
    '/new?experiment=products&repeat=improved',
    '/profiles',
    '/profiles/compare?before=20260102-030405-products-0001&after=nothing',
    '/runs/improved',
  ]) {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${dashboard.url()}${path}`);
    assert.deepEqual(await violations(page), [], `${path} light`);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await violations(page), [], `${path} dark`);
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      assert.equal(
        await page.evaluate('document.documentElement.scrollWidth'),
        width,
        `${path} at ${width} px`,
      );
    }
  }
});

async function startOrWait(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click();
  const wait = page.getByRole('button', { name: 'Start when it has ended' });
  const started = page.locator('[data-state]').or(page.getByRole('button', { name: 'Stop the run' }));
  await wait.or(started).first().waitFor({ timeout: patienceMs });
  if (await wait.isVisible()) await wait.click();
}

async function progressOf(id: string): Promise<Progress> {
  const text = await readFile(join(dashboard.results(), id, 'progress.json'), 'utf8');
  return progressFileSchema.parse(JSON.parse(text));
}

async function jobOf(id: string): Promise<JobView> {
  const response = await fetch(`${dashboard.url()}/actions/jobs/${id}`);
  const { job } = (await response.json()) as { job: JobView };
  return job;
}

async function writeSession(
  results: string,
  { id, variant, vus = 50 }: { id: string; variant: string; vus?: number },
) {
  const folder = join(results, 'profiles', id);
  const flamegraph = `profiles/${variant}/flamegraph.html`;
  await mkdir(join(folder, 'profiles', variant), { recursive: true });
  await writeFile(join(folder, flamegraph), '<!doctype html><title>x</title><p>a flamegraph</p>');
  await writeFile(join(folder, `profiles/${variant}/folded.txt`), 'a;b 1\n');
  const session: ProfileSession = {
    schemaVersion,
    id,
    createdAt: '2026-01-02T03:04:05.000Z',
    experiment: 'products',
    experimentFile: 'experiments/products.ts',
    title: 'products',
    service: 'api',
    variant,
    variantTitle: '',
    vus,
    ratePerSecond: null,
    seconds: 10,
    samples: 1234,
    requests: 567,
    flamegraph,
    folded: `profiles/${variant}/folded.txt`,
  };
  await writeFile(join(folder, 'session.json'), JSON.stringify(profileSessionSchema.parse(session)));
}
