import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { writeFinishedRun, writeListedRun, writeOlderRun, writeStartedRun } from '../runFolders.ts';
import { deadPid, open, options, textOf, until, withDashboard } from './dashboard.ts';

const verdicts = ['improved', 'regressed', 'equivalent', 'inconclusive', 'mixed'] as const;
const stopped = { pid: deadPid, updatedAt: '2026-11-21T09:00:00.000Z' };

withDashboard(async (results) => {
  for (let run = 0; run < 60; run += 1)
    await writeListedRun(results, {
      id: `run-${String(run).padStart(2, '0')}`,
      experiment: run % 3 === 0 ? 'search' : 'products',
      title: run % 3 === 0 ? 'Find it' : 'Products',
      verdict: verdicts[run % 5] ?? 'improved',
      createdAt: new Date(2026, 9, 1 + Math.floor(run / 2), run % 2).toISOString(),
    });
  await writeFinishedRun(results, {
    id: 'elsewhere',
    experiment: 'search',
    verdict: 'invalid',
    candidateErrors: 0.31,
    environment: { kernel: '6.10.0', fingerprint: 'e'.repeat(64) },
    createdAt: '2026-11-20T09:00:00.000Z',
  });
  await writeStartedRun(results, { id: 'under-way', rounds: 2, progress: { block: 1 } });
  await writeStartedRun(results, { id: 'crashed', rounds: 3, progress: { ...stopped, block: 2 } });
  const failed = { ...stopped, state: 'failed', block: 0, message: 'api ended with code 1' } as const;
  await writeStartedRun(results, { id: 'failed', rounds: 0, progress: failed });
  await writeOlderRun(results, 'older');
});

const ids = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>('[...document.querySelectorAll("tr[data-run]")].map((row) => row.dataset.run)');
const rowsBecome = (page: Page, expected: (found: string[]) => boolean): Promise<void> =>
  until(async () => expected(await ids(page)));

test(
  'runs are found by text, experiment, verdict and date; all of it is in the address',
  options,
  async () => {
    await using opened = await open('/');
    const { page } = opened;
    await page.getByRole('searchbox').fill('find run-0');
    await rowsBecome(page, (found) => found.join() === 'run-09,run-06,run-03,run-00');
    await page
      .getByRole('navigation', { name: 'Verdict' })
      .getByRole('link', { name: /^improved/ })
      .click();
    await rowsBecome(page, (found) => found.join() === 'run-00');
    assert.equal(new URL(page.url()).search, '?q=find+run-0&verdict=improved');
    await page.getByRole('searchbox').fill('');
    await rowsBecome(page, (found) => found.length === 12);
    await page.getByLabel('Experiment').selectOption('search');
    await rowsBecome(page, (found) => found.join() === 'run-45,run-30,run-15,run-00');
    await page.getByLabel('To', { exact: true }).fill('2026-10-10');
    await rowsBecome(page, (found) => found.join() === 'run-15,run-00');
    await page.reload();
    assert.deepEqual(await ids(page), ['run-15', 'run-00']);
    assert.equal(await page.getByLabel('Experiment').inputValue(), 'search');
    // What is under way is never filtered away.
    await page.locator('a[href="/runs/under-way"]').waitFor();
  },
);

test('the filters work without a script, and say so where nothing is found', options, async () => {
  await using opened = await open('/', { javaScriptEnabled: false });
  const { page } = opened;
  await page.getByRole('searchbox').fill('nothing like it');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByText('No run matches.').waitFor();
  await page.getByRole('link', { name: 'Show all 65 runs' }).click();
  await page.getByText('1 to 50 of 64').waitFor();
  await page.getByRole('link', { name: 'Older runs' }).click();
  await page.getByText('51 to 64 of 64').waitFor();
  assert.equal((await ids(page)).length, 14);
});

test('what an address asks and nobody knows is left out, and said', options, async () => {
  await using opened = await open('/?verdict=better&since=2026-02-30&q=run-59');
  const { page } = opened;
  assert.deepEqual(await ids(page), ['run-59']);
  await page.getByText('verdict=better was left out: known: improved').waitFor();
  await page.getByText('since=2026-02-30 was left out: a day').waitFor();
});

test('a run without a verdict says why, and what to do', options, async () => {
  await using opened = await open('/');
  const { page } = opened;
  const row = (id: string) => textOf(page.locator(`tr[data-run="${id}"]`));
  assert.match(
    await row('crashed'),
    /died in block 2 of at most 8\. Go on with npx dyno run --resume crashed/,
  );
  assert.match(await row('failed'), /api ended with code 1\. Go on with npx dyno run --resume failed/);
  assert.match(await row('elsewhere'), /invalid.*does not count: answers/);
  await using last = await open('/?verdict=older');
  assert.match(await textOf(last.page.locator('tr[data-run]')), /older version.*measure again with this one/);
});

test(
  'two runs that are ticked are compared; that their machines differ is said before',
  options,
  async () => {
    await using opened = await open('/');
    const { page } = opened;
    const button = page.getByRole('button', { name: 'Compare the two chosen runs' });
    assert.equal(await button.isVisible(), false);
    await page.getByLabel('Compare elsewhere').check();
    await page.getByText('Tick one more.').waitFor();
    assert.equal(await button.isDisabled(), true);
    await page.getByLabel('Compare run-59').check();
    await page.getByText('Different machine or versions and experiment').waitFor();
    await page.getByLabel('Compare run-57').check();
    await page.getByText('3 are ticked').waitFor();
    await page.getByLabel('Compare run-59').uncheck();
    await page.getByText('Different machine or versions:').waitFor();
    await button.click();
    await page.getByRole('heading', { name: 'Two runs side by side' }).waitFor();
  },
);
