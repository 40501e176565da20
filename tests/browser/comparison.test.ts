import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change } from '@dyno/lab/format';
import { writeBaseline, writeFinishedRun } from '../runFolders.ts';
import { open, options, textOf, withDashboard } from './dashboard.ts';

/** Ten nights: another kernel from the third on, a third slower from the seventh on. */
const nights = Array.from({ length: 10 }, (_, index) => ({
  id: `night-${index + 1}`,
  experiment: 'nightly',
  title: 'Every night',
  ratio: 0.5,
  spread: 0.03,
  baselineMs: index < 6 ? 20 : 30,
  createdAt: `2026-11-${String(index + 1).padStart(2, '0')}T02:00:00.000Z`,
  environment: index < 2 ? { kernel: '6.10.0', fingerprint: 'e'.repeat(64) } : {},
}));

withDashboard(async (results) => {
  for (const night of nights) await writeFinishedRun(results, night);
  await writeBaseline(results, 'nightly', 'night-4');
  await writeFinishedRun(results, { id: 'products', mode: 'fine', vus: 10 });
});

test('two runs are chosen in the list and laid side by side', options, async () => {
  await using opened = await open('/', { javaScriptEnabled: false });
  const { page } = opened;
  const button = page.getByRole('button', { name: 'Compare the two chosen runs' });
  assert.equal(await button.isVisible(), false);
  for (const run of ['night-5', 'night-9']) await page.getByLabel(`Compare ${run}`, { exact: true }).check();
  await button.click();
  await page.getByText('Same machine, versions, experiment, load and plan.').waitFor();
  const heads = await textOf(page.getByRole('list', { name: 'The two runs' }));
  for (const text of ['night-9', 'night-5']) assert.ok(heads.includes(text), heads);
  const mean = await textOf(page.locator('tbody[data-metric="latency.mean"]'));
  assert.match(mean, /A30.ms → .*B20.ms → /);
  // The baselines moved as much: beside them, nothing is left to say of the candidate.
  assert.match(await textOf(page.locator('tr[data-standing="latency.mean"]')), /ms → .*%/);
});

test('what stands between two runs is said loudly, field by field', options, async () => {
  await using machines = await open('/compare?a=night-1&b=night-5');
  const environment = machines.page.getByRole('region', { name: 'The environments differ' });
  assert.match(await textOf(environment), /kernel6\.10\.06\.12\.0/);
  await machines.page.getByText('No verdicts: the environments differ').waitFor();

  await using everything = await open('/compare?a=night-5&b=products');
  const { page } = everything;
  const found = async (name: string) => textOf(page.getByRole('region', { name }));
  assert.match(await found('The experiments differ'), /experimentnightlyproducts/);
  assert.match(await found('The loads differ'), /load vus5010/);
  assert.match(await found('The plans differ'), /modeisolatedfine/);
});

test('fewer or more than two runs are not compared; two can be picked', options, async () => {
  await using opened = await open('/compare?run=night-1&run=night-2&run=night-3');
  const { page } = opened;
  await page.getByText('3 runs were chosen; a comparison is of two.').waitFor();
  await page.locator('select[name=b]').selectOption('night-4');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByRole('heading', { name: 'Two runs side by side' }).waitFor();
  assert.equal(new URL(page.url()).search, '?a=night-1&b=night-4');
  await using unknown = await open('/compare?a=night-1&b=nobody');
  await unknown.page.getByText('nobody has no report to compare').waitFor();
});

test(
  'the history of an experiment shows its level, its changes, its machine and its baseline',
  options,
  async () => {
    await using opened = await open('/');
    const { page } = opened;
    await page.getByRole('link', { name: 'history of nightly' }).first().click();
    const moves = page.getByRole('region', { name: 'The environment changed' });
    assert.match(await textOf(moves), /night-3.*kernel was 6\.10\.0, is 6\.12\.0/);
    const chart = page.locator('#history svg[aria-label]');
    assert.equal(await chart.locator('a').count(), nights.length);
    assert.equal(await chart.locator('[data-moved="night-3"]').count(), 1);
    assert.equal(await chart.locator('[data-change="6"]').count(), 1);
    assert.equal(await chart.locator('circle[class*=ring]').count(), 1);
    const said = await textOf(page.locator('li[data-change="night-7"]'));
    assert.match(said, /^\+\d\d(\.\d)?.% with night-7: .*ms → .*ms, p = /);
    assert.match(await textOf(page.locator('#standing')), /night-10 against night-4/);

    await page.getByRole('link', { name: 'beside its baseline' }).click();
    // The baseline slowed down as much, so the ratio did not move.
    await page.getByText('beside its baseline has not changed.').waitFor();
    await page.getByRole('link', { name: 'p95 latency', exact: true }).click();
    await page.getByRole('heading', { name: 'p95 latency over 10 runs' }).waitFor();
    assert.match(page.url(), /metric=latency\.p95&of=ratio/);
    const newest = page.locator('tr[data-run="night-10"]');
    assert.ok((await textOf(newest)).includes(change(0.5).slice(0, 1)));
    await newest.getByRole('link', { name: 'with the one before' }).click();
    await page.getByRole('heading', { name: 'Two runs side by side' }).waitFor();
  },
);
