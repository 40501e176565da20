import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { beforeAfter, change, changeInterval, quantities } from '@dyno/lab/format';
import { finishRun, writeFinishedRun, writeOlderRun, writeProgress, writeStartedRun } from '../runFolders.ts';
import { deadPid, open, options, profileSomething, textOf, withDashboard } from './dashboard.ts';

let results = '';
let flamegraph = '';
withDashboard(async (folder) => {
  results = folder;
  flamegraph = await profileSomething(join(folder, '..'));
});

test('an empty results folder teaches the first command', options, async () => {
  await using opened = await open('/');
  await opened.page.getByText('npm start').waitFor();
});

test('the run page says what report.json says', options, async () => {
  const report = await writeFinishedRun(results, { id: 'improved', flamegraph });
  await using opened = await open('/runs/improved');
  const { page } = opened;
  assert.equal(await textOf(page.locator('h1')), report.sentence);
  for (const metric of report.metrics) {
    const row = await textOf(page.locator(`[id="row-${metric.name}"]`));
    const figures = quantities([metric.baseline.estimate, metric.candidate.estimate], metric.unit);
    const { ratio } = metric;
    const changes = ratio ? [change(ratio.estimate), changeInterval(ratio.low, ratio.high)] : [];
    for (const text of [metric.title, ...figures, ...changes, metric.verdict])
      assert.ok(row.includes(text), `${metric.name}: "${row}" has "${text}"`);
  }
  const primary = report.metrics.find(({ name }) => name === report.primary);
  assert.ok(primary);
  const tiles = await textOf(page.getByRole('list', { name: 'Key figures' }));
  assert.ok(tiles.includes(beforeAfter(primary.baseline.estimate, primary.candidate.estimate, primary.unit)));
  const goals = await textOf(page.getByRole('list', { name: 'Goals for optimized' }));
  for (const { threshold, detail } of report.thresholds)
    assert.ok(goals.includes(threshold) && goals.includes(detail), goals);
  await page.getByRole('link', { name: /^Guards: 1 warning, 3 passed/ }).click();
  const guards = page.locator('#guards');
  await guards.waitFor();
  for (const { detail, advice } of report.guards)
    for (const text of [detail, advice].filter(Boolean))
      assert.ok((await textOf(guards)).includes(text), text);
});

test(
  'the page says how it was measured: mode, plan, exclusions by cause, looks, noise floor',
  options,
  async () => {
    const report = await writeFinishedRun(results, {
      id: 'fine',
      verdict: 'inconclusive',
      mode: 'fine',
      ratio: 0.993,
      spread: 0.04,
      noiseFloor: 0.012,
      blocks: 8,
      excluded: {
        3: { cause: 'steal', detail: 'other virtual machines took 8 % of the CPU' },
        10: { cause: 'sentinel', detail: 'the fixed loop took 61 ms' },
      },
    });
    await using opened = await open('/runs/fine/method');
    const { page } = opened;
    const method = await textOf(page.locator('#method'));
    for (const text of [report.method, report.modeReason, 'each request was drawn at random', '20261121'])
      assert.ok(method.includes(text), text);
    for (const text of ['Another virtual machine took the CPU', "The machine's speed was off", '61 ms'])
      assert.ok(method.includes(text), text);
    assert.match(method, /Noise floor1\.2.% \(12 identical pairs/);
    assert.equal(await page.locator('#path svg[role=img]').count(), 8);
    const looks = await page.locator('#path svg[role=img]').first().getAttribute('aria-label');
    assert.match(looks ?? '', /^mean latency after each look: 4 blocks .*; 8 blocks −4\.\d.% to \+3\.\d/);
    const details = await textOf(page.locator('#estimates'));
    for (const text of ['Hodges-Lehmann', '0.62']) assert.ok(details.includes(text), text);
    await page.getByRole('heading', { name: 'Latency over successful answers alone' }).waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('About 17 blocks in all would show a change of 3').waitFor();
    assert.match(await textOf(page.locator('tr[data-metric="latency.mean"]')), /below the noise floor/);
    assert.equal(await page.locator('tr[data-metric="latency.mean"] svg line[class*=floor]').count(), 2);
  },
);

test('the answer and its intervals are in the page without any script', options, async () => {
  await using opened = await open('/runs/improved', { javaScriptEnabled: false });
  const { page } = opened;
  assert.match(await textOf(page.locator('h1')), /^Improved: /);
  assert.equal(await page.locator('tr[data-metric] svg[role=img] circle').count(), 5);
});

test('every verdict and every state of a run is said, and latest leads to an id', options, async () => {
  const verdicts = { regressed: 1.4, inconclusive: 1, mixed: 0.8, equivalent: 1, invalid: 0.1 } as const;
  for (const [verdict, ratio] of Object.entries(verdicts) as [keyof typeof verdicts, number][])
    await writeFinishedRun(results, { id: verdict, verdict, ratio });
  await writeStartedRun(results, { id: 'interrupted', rounds: 2, progress: { state: 'interrupted' } });
  await writeStartedRun(results, {
    id: 'crashed',
    rounds: 3,
    progress: { pid: deadPid, updatedAt: '2026-11-21T09:00:00.000Z' },
  });
  const damaged = await writeStartedRun(results, {
    id: 'damaged',
    rounds: 1,
    progress: { state: 'finished' },
  });
  await writeFile(join(damaged.folder, 'report.json'), '{"schemaVersion":1,"runId":"dam');
  const foreign = await writeStartedRun(results, {
    id: 'foreign',
    rounds: 1,
    progress: { state: 'finished' },
  });
  await writeFile(join(foreign.folder, 'report.json'), '{"schemaVersion":99}');
  await symlink('regressed', join(results, 'latest'));
  await writeOlderRun(results, 'older');

  await using list = await open('/');
  for (const verdict of Object.keys(verdicts))
    assert.ok((await textOf(list.page.locator(`tr[data-run="${verdict}"]`))).includes(verdict));
  for (const state of ['interrupted', 'crashed'])
    assert.ok((await textOf(list.page.locator(`tr[data-run="${state}"]`))).includes(`--resume ${state}`));
  assert.match(
    await textOf(list.page.locator('tr[data-run="damaged"]')),
    /unreadable[\s\S]*report\.json is not whole JSON/,
  );
  assert.match(await textOf(list.page.locator('tr[data-run="foreign"]')), /made by a newer version of Dyno/);

  assert.match(await textOf(list.page.locator('tr[data-run="older"]')), /made by an older version/);

  await using older = await open('/runs/older');
  await older.page.getByText('This run was made by an older version of Dyno').waitFor();
  await using crashed = await open('/runs/crashed');
  await crashed.page.getByText('This run crashed').waitFor();
  await crashed.page.getByText('npx dyno run --resume crashed').waitFor();
  await using invalid = await open('/runs/invalid');
  assert.equal(await invalid.page.locator('tr[data-metric]').first().isVisible(), false);
  await invalid.page.getByText('Mend the candidate').last().waitFor();
  await invalid.page.getByText('Exit code 4: the run does not count').waitFor();
  await using latest = await open('/runs/latest');
  assert.equal(new URL(latest.page.url()).pathname, '/runs/regressed');
});

test('a run under way becomes the finished page without a reload', options, async () => {
  const started = await writeStartedRun(results, {
    id: 'live',
    rounds: 2,
    flamegraph,
    progress: { stage: 'window', block: 2, variant: 'optimized', requestsPerSecond: 49.1, secondsLeft: 60 },
  });
  await using opened = await open('/runs/live');
  const { page } = opened;
  const strip = page.locator('[data-live]');
  await strip.getByText('Measuring optimized').waitFor();
  await strip.getByText('49.1').waitFor();
  await page.getByRole('link', { name: 'Method' }).click();
  await page.locator('#rounds tbody tr').nth(1).waitFor();
  assert.equal(await page.locator('#rounds tbody tr').count(), 2);
  await strip.getByText('49.1').waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.locator('#figures').waitFor();
  await page.evaluate(() => Reflect.set(globalThis, 'sameDocument', true));

  await writeProgress(started, { stage: 'profile', block: 2, variant: 'naive', message: 'sampling' });
  await strip.getByText('Profiling naive').waitFor();
  const report = await finishRun(started);
  await page.locator('h1').getByText(report.sentence).waitFor();
  await strip.waitFor({ state: 'detached' });
  await page.locator('tr[data-metric="latency.mean"]').waitFor();
  assert.equal(await page.evaluate(() => Reflect.get(globalThis, 'sameDocument')), true);
});

test('a run that dies while it is watched is said to have crashed', options, async () => {
  const started = await writeStartedRun(results, { id: 'dying', rounds: 1, progress: { stage: 'start' } });
  await using opened = await open('/runs/dying');
  await opened.page.locator('[data-live]').waitFor();
  await writeProgress(started, { stage: 'start', pid: deadPid, updatedAt: '2026-11-21T09:00:00.000Z' });
  await opened.page.getByText('This run crashed').waitFor();
});
