import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TimelineFile } from '@dyno/contracts/run';
import type { Locator, Page } from 'playwright-core';
import { writeFinishedRun } from '../runFolders.ts';
import { open, options, textOf, withDashboard } from './dashboard.ts';

const dashboard = withDashboard(async (results) => {
  await writeFinishedRun(results, { id: 'charts' });
  await writeFinishedRun(results, { id: 'together', mode: 'fine', ratio: 0.97 });
});

const overTime = ['latency', 'throughput', 'cpu-over-time', 'memory'] as const;

test('one cross-hair reads all charts over time, by mouse and by arrow keys', options, async () => {
  await using opened = await open('/runs/charts');
  const { page } = opened;
  await explored(page, overTime);
  const pointer = page.locator('#latency').getByRole('slider');
  await pointer.scrollIntoViewIfNeeded();
  await pointer.hover({ position: { x: 40, y: 40 } });
  const said = {
    latency: /^0:\d\d {2}block 1.*naive: p50 .*p5 .*p95 /,
    throughput: /^0:\d\d {2}block 1.*naive: .*\/s/,
    'cpu-over-time': /^0:\d\d {2}block 1.*naive: service .*mysql /,
    memory: /^0:\d\d {2}block 1.*naive: service .*MiB/,
  };
  const moments: (string | undefined)[] = [];
  const places: (number | undefined)[] = [];
  for (const id of overTime) {
    await readout(page, id).getByText(said[id]).waitFor();
    moments.push((await textOf(readout(page, id))).split(' ', 1)[0]);
    places.push((await page.locator(`#${id} [data-crosshair]`).boundingBox())?.x);
  }
  assert.equal(new Set(moments).size, 1, moments.join());
  assert.equal(new Set(places).size, 1, places.join());

  await page.mouse.move(0, 0);
  await readout(page, 'memory').getByText('stacked, from 0').waitFor();
  await pointer.focus();
  await page.keyboard.press('End');
  const last = await pointer.getAttribute('aria-valuetext');
  assert.match(last ?? '', /block \d.*p95/);
  await page.keyboard.press('ArrowLeft');
  assert.notEqual(await pointer.getAttribute('aria-valuetext'), last);
  assert.equal(await textOf(readout(page, 'latency')), await pointer.getAttribute('aria-valuetext'));
});

test('the cross-hair answers within two frames', options, async () => {
  await using opened = await open('/runs/charts');
  const { page } = opened;
  await explored(page, overTime);
  const frames = await page.evaluate<number[]>(`(async () => {
    const pointer = document.querySelector('#latency [role=slider]');
    const text = () => document.querySelector('#memory [data-readout]').textContent;
    const { left, top, width } = pointer.getBoundingClientRect();
    const counts = [];
    for (let step = 1; step <= 20; step += 1) {
      const before = text();
      pointer.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: left + (width * step) / 21, clientY: top + 9 }));
      let frames = 0;
      while (text() === before && frames < 60) { await new Promise(requestAnimationFrame); frames += 1; }
      counts.push(frames);
    }
    return counts;
  })()`);
  // Some steps lie in the gap behind a round, where the nearest moment stays the same.
  assert.ok(frames.filter((count) => count <= 2).length >= 15, frames.join());
});

test('a chart is a table as well, and its CSV has the figures as they were measured', options, async () => {
  const timeline = await timelineOf('charts');
  await using opened = await open('/runs/charts');
  const { page } = opened;
  const chart = page.locator('#percentiles');
  await chart.getByRole('button', { name: 'Table' }).click();
  await chart.getByRole('columnheader', { name: 'Percentile' }).waitFor();
  assert.equal(new URL(page.url()).search, '?view=percentiles');

  const rows = csvRows(await saved(page, chart, 'CSV', 'charts-percentiles.csv'));
  assert.deepEqual(rows[0]?.slice(0, 4), ['quantile', 'naive, ms', 'naive low, ms', 'naive high, ms']);
  // The candidate has more requests, so its curve goes on further.
  const quantiles = rows.slice(1).flatMap((row) => (row[1] ? [row.slice(0, 4).map(Number)] : []));
  assert.ok(quantiles.length > 20);
  for (const [quantile, ms, low, high] of quantiles)
    assert.ok(
      timeline.percentiles.some(
        (point) =>
          point.variant === 'naive' &&
          point.quantile === quantile &&
          point.ms === ms &&
          point.low === low &&
          point.high === high,
      ),
      `${quantile}`,
    );

  const moments = csvRows(await saved(page, page.locator('#latency'), 'CSV', 'charts-latency.csv'));
  assert.deepEqual(moments[0]?.slice(0, 6), [
    'time, s',
    'block',
    'part',
    'naive p5, ms',
    'naive p50, ms',
    'naive p95, ms',
  ]);
  const medians = new Set(
    timeline.latency.filter(({ variant }) => variant === 'naive').map(({ p50Ms }) => p50Ms),
  );
  const written = moments.slice(1).flatMap((row) => (row[4] ? [Number(row[4])] : []));
  assert.ok(written.length > 20);
  for (const p50 of written) assert.ok(medians.has(p50), `${p50} ms was measured`);
});

test('a picture has its title, run and colours inside, twice as fine as the page', options, async () => {
  await using opened = await open('/runs/charts');
  const { page } = opened;
  await explored(page, ['latency']);
  const latency = page.locator('#latency');
  const svg = (await saved(page, latency, 'SVG', 'charts-latency.svg')).toString();
  assert.match(svg, /Dyno, run charts/);
  assert.ok(svg.includes(await textOf(latency.getByRole('heading'))));
  assert.ok(!/var\(|class=|style=/.test(svg), 'nothing of the page is needed');
  const [, width = '', height = ''] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  const png = await saved(page, latency, 'PNG', 'charts-latency.png');
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2 * Number(width), 2 * Number(height)]);
  const plot = await latency.locator('[data-explored]').boundingBox();
  assert.equal(Number(width), Math.ceil(plot?.width ?? 0) + 40);
  assert.ok(png.length > 10_000, `${png.length} bytes`);
});

test('a drag looks closer in all charts, Esc shows all, and an address brings it back', options, async () => {
  await using opened = await open('/runs/charts');
  const { page } = opened;
  await explored(page, overTime);
  const whole = await lastTick(page, 'memory');
  const pointer = page.locator('#throughput').getByRole('slider');
  const box = await boxOf(pointer);
  await page.mouse.move(box.x + box.width * 0.25, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 20, { steps: 3 });
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
  assert.ok(((await page.locator('#memory [data-marked]').boundingBox())?.width ?? 0) > 100, 'marked in all');
  await page.mouse.up();
  await page.getByRole('button', { name: 'Show all' }).waitFor();
  const address = page.url();
  assert.match(address, /\?t=\d+(\.\d)?-\d+(\.\d)?$/);
  await tick(page, 'memory', whole).waitFor({ state: 'detached' });
  const part = await textOf(page.locator('#over-time [role=status]').first());

  await using again = await open(new URL(address).pathname + new URL(address).search);
  assert.equal(await textOf(again.page.locator('#over-time [role=status]').first()), part);
  await explored(again.page, ['memory']);
  assert.notEqual(await lastTick(again.page, 'memory'), whole);

  await page.keyboard.press('Escape');
  await page.getByText('All of the run').waitFor();
  assert.equal(new URL(page.url()).search, '');
  await tick(page, 'memory', whole).waitFor();

  await page.getByRole('combobox', { name: 'Block' }).selectOption('2');
  assert.equal(new URL(page.url()).search, '?block=2');
  await page.getByRole('button', { name: 'Show all' }).click();
  assert.equal(new URL(page.url()).search, '');
});

test(
  'what a reader has set up is in the link; what an address says and nobody knows is said',
  options,
  async () => {
    await using opened = await open('/runs/charts?scale=linear&p=90&metric=cpu.perRequest&t=nan&block=77', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const { page } = opened;
    await page.getByText('t=nan was left out: two moments in seconds').waitFor();
    await page.getByText('block=77 was left out: known: 1, 2').waitFor();
    await explored(page, ['percentiles']);
    await readout(page, 'percentiles')
      .getByText(/^p90 .*naive .*optimized/)
      .waitFor();
    await page.locator('#blocks h2', { hasText: 'CPU per request' }).waitFor();
    const hide = page.locator('#percentiles').getByRole('button', { name: 'naive' });
    assert.equal(await hide.getAttribute('aria-pressed'), 'true');
    const lines = page.locator('#percentiles .chart-plot > svg').first().locator('path.chart-plot-line');
    assert.equal(await lines.count(), 2);
    const drawing = page.locator('#percentiles .chart-plot');
    const before = await drawing.boundingBox();
    await hide.click();
    assert.equal(await hide.getAttribute('aria-pressed'), 'false');
    assert.equal(await lines.count(), 1);
    // The ratio's panel went, and its room is the curve's.
    assert.equal((await drawing.boundingBox())?.height, before?.height);
    await page.locator('#percentiles').getByRole('button', { name: 'Link' }).click();
    await page.locator('#percentiles').getByText('Link copied').waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.equal(
      copied,
      `${dashboard.url()}/runs/charts?metric=cpu.perRequest&p=90&scale=linear&show=candidate#percentiles`,
    );
  },
);

test(
  'nothing moves when a chart can be explored, and without scripts there is a picture and a table',
  options,
  async () => {
    await using opened = await open('/runs/together');
    const { page } = opened;
    await page.evaluate(`globalThis.shifts = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.shifts += entry.value; })
      .observe({ type: 'layout-shift', buffered: true })`);
    await explored(page, ['percentiles', 'distribution', ...overTime]);
    assert.ok((await page.evaluate<number>('globalThis.shifts')) < 0.02);
    // Both were alive at once: one panel for both, with a line for each.
    assert.equal(await page.locator('#latency .chart-plot > svg').count(), 1);
    assert.equal(await page.locator('#latency path.chart-plot-line').count(), 2);

    await using still = await open('/runs/charts?show=candidate', { javaScriptEnabled: false });
    for (const id of ['percentiles', 'latency'])
      await still.page.locator(`#${id} svg[role=img]`).first().waitFor();
    await still.page.locator('#memory table').waitFor();
    // What the address says is drawn without scripts as well.
    assert.equal(await still.page.locator('#latency path.chart-plot-line').count(), 1);
  },
);

/** Comes near to charts until they are there. */
async function explored(page: Page, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await page.locator(`#${id}`).scrollIntoViewIfNeeded();
    await page.locator(`#${id} [data-explored=true] [role=slider]`).waitFor();
  }
}

const readout = (page: Page, id: string): Locator => page.locator(`#${id} [data-readout]`);

async function lastTick(page: Page, id: string): Promise<string> {
  return textOf(
    page
      .locator(`#${id} .chart-plot > text`)
      .getByText(/^\d+:\d\d$/)
      .last(),
  );
}

const tick = (page: Page, id: string, text: string): Locator =>
  page.locator(`#${id} .chart-plot > text`).getByText(text, { exact: true });

async function boxOf(locator: Locator) {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  assert.ok(box);
  return box;
}

async function saved(page: Page, chart: Locator, format: string, name: string): Promise<Buffer> {
  const waiting = page.waitForEvent('download');
  await chart.getByRole('button', { name: format, exact: true }).click();
  const download = await waiting;
  assert.equal(download.suggestedFilename(), name);
  return readFile(await download.path());
}

/** No cell of these charts has a line end in it. */
function csvRows(content: Buffer): string[][] {
  return content
    .toString()
    .trimEnd()
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
      ),
    );
}

async function timelineOf(id: string): Promise<TimelineFile> {
  return JSON.parse(await readFile(join(dashboard.results(), id, 'timeline.json'), 'utf8'));
}
