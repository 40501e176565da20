import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { writeFinishedRun, writeStartedRun } from '../runFolders.ts';
import { open, options, textOf, until, withDashboard } from './dashboard.ts';

withDashboard(async (results) => {
  for (const [index, id] of ['first', 'second', 'third'].entries())
    await writeFinishedRun(results, {
      id,
      noiseFloor: 0.02,
      createdAt: `2026-11-${20 + index}T09:00:00.000Z`,
      environment: index === 2 ? { kernel: '6.13.0', fingerprint: 'e'.repeat(64) } : {},
    });
  await writeFinishedRun(results, { id: 'same', experiment: 'same', sameTwice: true, verdict: 'equivalent' });
  await writeStartedRun(results, {
    id: 'stopped',
    experiment: 'stopped',
    rounds: 2,
    progress: { state: 'interrupted' },
  });
  await mkdir(join(results, 'second/log'));
  await writeFile(join(results, 'second/log/service.log'), 'at your service\n');
});

test('what must be read in the first second is on the first screen', options, async () => {
  const parts = [
    '#sentence',
    '[aria-label^="What changed"] tbody tr:last-child',
    '[aria-label="Key figures"]',
  ];
  await using wide = await open('/runs/second', { viewport: { width: 1280, height: 800 } });
  for (const part of parts) assert.ok((await bottomOf(wide.page, part)) <= 800, part);
  await using narrow = await open('/runs/second', { viewport: { width: 390, height: 844 } });
  // The entries of the site lie at the bottom.
  for (const part of parts.slice(0, 2)) assert.ok((await bottomOf(narrow.page, part)) <= 844 - 50, part);
});

test(
  'a figure of the sentence leads to its evidence, and a page of detail back to the sentence',
  options,
  async () => {
    await using opened = await open('/runs/second');
    const { page } = opened;
    const links = page.locator('#sentence a');
    assert.ok((await links.count()) >= 2);
    for (const href of await links.evaluateAll((all: { getAttribute(name: string): string }[]) =>
      all.map((link) => link.getAttribute('href')),
    ))
      if (href.startsWith('#')) assert.equal(await page.locator(`[id="${href.slice(1)}"]`).count(), 1, href);
    await page.locator('#sentence').getByRole('link', { name: '4 blocks' }).click();
    await page.waitForURL('**/runs/second/method#rounds');
    await page.getByRole('heading', { name: 'Method' }).waitFor();
    await page.locator('main header a[href$="#sentence"]').click();
    await page.waitForURL('**/runs/second#sentence');
  },
);

test('every page of a run is a tab, and only what is there has one', options, async () => {
  await using opened = await open('/runs/second/files');
  const { page } = opened;
  const tabs = page.getByRole('navigation', { name: 'Pages of this run' });
  assert.equal(await textOf(tabs.locator('[aria-current=page]')), 'Files');
  assert.match(await textOf(page.locator('#files')), /report\.json.*the answer.*KiB/);
  await tabs.getByRole('link', { name: 'Method' }).click();
  await page.waitForURL('**/method');
  await using stopped = await open('/runs/stopped');
  const there = stopped.page.getByRole('navigation', { name: 'Pages of this run' });
  assert.equal(await there.getByRole('link', { name: 'Why' }).count(), 0);
  await stopped.page.getByText('This run was interrupted').waitFor();
});

test('keys lead to the runs before and after, to the search, and say what they do', options, async () => {
  await using opened = await open('/runs/second');
  const { page } = opened;
  const main = page.locator('main');
  await page.locator('[aria-keyshortcuts="]"][title=third]').waitFor();
  await page.keyboard.press(']');
  await page.waitForURL('**/runs/third');
  await page.locator('[aria-keyshortcuts="["][title=second]').waitFor();
  await page.keyboard.press('[');
  await page.waitForURL('**/runs/second');
  await page.locator('[aria-keyshortcuts="["][title=first]').waitFor();
  await page.keyboard.press('[');
  await page.waitForURL('**/runs/first');
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keys' });
  await list.getByText('search the runs').waitFor();
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'hidden' });
  await page.keyboard.press('/');
  const search = main.getByRole('searchbox');
  await search.waitFor();
  await until(() => page.evaluate<boolean>('document.activeElement?.type === "search"'));
  // What is typed is typed.
  await page.keyboard.type('[?');
  assert.equal(await search.inputValue(), '[?');
  assert.equal(await list.isVisible(), false);
});

test('the keyboard reaches the content first, and everything that can be done', options, async () => {
  await using opened = await open('/runs/second/method');
  const { page } = opened;
  await page.keyboard.press('Tab');
  const focused = () => page.evaluate<string>('document.activeElement.textContent');
  assert.equal(await focused(), 'Skip to the content');
  assert.ok(((await page.locator(':focus').boundingBox())?.y ?? -1) >= 0, 'the skip link is seen');
  const reached = new Set<string>();
  for (let press = 0; press < 25; press += 1) {
    await page.keyboard.press('Tab');
    reached.add(await focused());
  }
  for (const name of ['Runs', 'Experiments', 'Compare', 'Profiles', 'New', 'Overview', 'Files'])
    assert.ok(
      [...reached].some((text) => text.trim() === name),
      name,
    );
});

test(
  'the method page says what the run before did not share, and identical variants are said',
  options,
  async () => {
    await using third = await open('/runs/third/method');
    assert.match(await textOf(third.page.locator('#environment')), /kernel: 6\.12\.0 → 6\.13\.0/);
    await using second = await open('/runs/second/method');
    await second.page.getByText('The same machine and versions as in the run before, first').waitFor();
    await using same = await open('/runs/same');
    await same.page.getByText('Identical variants').waitFor();
  },
);

test('what is opened and typed before the script is there counts', options, async () => {
  await using opened = await open('/');
  const { page } = opened;
  const early = async (path: string, act: () => Promise<void>) => {
    const acted = Promise.withResolvers<void>();
    await page.route('**/*.js', async (route) => {
      await acted.promise;
      await route.continue();
    });
    await page.goto(new URL(path, page.url()).href, { waitUntil: 'commit' });
    await act();
    acted.resolve();
  };
  await early('/runs/second/files', () => page.locator('summary').getByText('Logs').click());
  await page.getByRole('log').getByText('at your service').waitFor();
  await early('/', () => page.getByRole('searchbox').fill('third'));
  await until(async () => (await page.locator('tr[data-run]').count()) === 1);
});

async function bottomOf(page: Page, selector: string): Promise<number> {
  const box = await page.locator(selector).last().boundingBox();
  assert.ok(box, selector);
  return box.y + box.height;
}
