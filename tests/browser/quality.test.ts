import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { storedAblation } from '../../services/lab/src/fixtures/storedAblation.ts';
import { shopLike } from '../../services/lab/src/report/fixtures/ablation.ts';
import { writeFinishedRun, writeOlderRun, writeStartedRun } from '../runFolders.ts';
import { violations } from './axe.ts';
import { deadPid, open, options, profileSomething, withDashboard } from './dashboard.ts';

/** As long as an id may be, and nowhere to break it. */
const longId = 'x'.repeat(80);

withDashboard(async (results) => {
  const flamegraph = await profileSomething(join(results, '..'));
  await writeFinishedRun(results, {
    id: 'full',
    flamegraph,
    noiseFloor: 0.02,
    windowSeconds: 120,
    blocks: 8,
  });
  await writeFinishedRun(results, {
    id: 'mixed',
    verdict: 'mixed',
    ratio: 0.8,
    p99Ratio: 1.14,
    mode: 'fine',
  });
  await writeFinishedRun(results, {
    id: 'invalid',
    verdict: 'invalid',
    ratio: 0.1,
    candidateErrors: 0.31,
    environment: { kernel: '6.10.0', fingerprint: 'e'.repeat(64) },
    excluded: { 3: { cause: 'steal', detail: 'other virtual machines took 8 % of the CPU' } },
  });
  await writeStartedRun(results, {
    id: 'crashed',
    rounds: 3,
    progress: { pid: deadPid, updatedAt: '2026-11-21T09:00:00.000Z' },
  });
  await writeStartedRun(results, { id: 'running', rounds: 2, progress: {} });
  await writeOlderRun(results, 'older');
  await writeFinishedRun(results, { id: longId });
  await storedAblation(results, { ...shopLike, runId: 'ablation' });
  await storedAblation(results, { ...shopLike, runId: longId, seed: 4 });
});

const pages = [
  '/',
  '/runs/full',
  '/runs/full/why',
  '/runs/full/method',
  '/runs/full/files',
  `/runs/${longId}/files`,
  '/runs/mixed',
  '/runs/invalid',
  '/runs/crashed',
  '/runs/running',
  '/runs/older',
  '/runs/full/traces/naive-p50',
  '/runs/full/traces/naive-p95...optimized-p95',
  '/experiments',
  '/experiments/products',
  '/ablations',
  '/ablations/ablation',
  `/ablations/${longId}?metric=latency.p95`,
  '/compare',
  '/compare?a=full&b=invalid',
];

for (const path of pages)
  test(`${path} is accessible in both themes and does not scroll sideways`, options, async () => {
    await using opened = await open(path, { colorScheme: 'light', bypassCSP: true });
    const { page } = opened;
    await drawn(page);
    // What is folded away is read too.
    await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
    assert.deepEqual(await violations(page), [], 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await violations(page), [], 'dark');
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `at ${width} px`);
    }
  });

test('the page of a full run is there at once', options, async (context) => {
  const figures: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await using opened = await open('/runs/full');
    await drawn(opened.page);
    const paint = await opened.page.evaluate<number>(
      `new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
        .observe({ type: 'largest-contentful-paint', buffered: true }))`,
    );
    figures.push(Math.round(paint));
  }
  context.diagnostic(`largest paint of a full run: ${figures.join(', ')} ms`);
});

/** The charts that come when a reader is near are there. */
async function drawn(page: Page): Promise<void> {
  if ((await page.locator('#memory').count()) === 0 || page.url().endsWith('/invalid')) return;
  for (const chart of await page.locator('[data-chart]:has([data-explored])').all())
    await chart.scrollIntoViewIfNeeded();
  await page.locator('#memory [role=slider]').waitFor();
}
