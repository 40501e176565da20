import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { writeFinishedRun, writeStartedRun } from '../runFolders.ts';
import { open, options, portOf, profileSomething, raw, textOf, withDashboard } from './dashboard.ts';

const spansOfLarge = 5000;
let folder = '';

withDashboard(async (results) => {
  folder = results;
  const flamegraph = await profileSomething(join(results, '..'));
  await writeFinishedRun(results, { id: 'full', flamegraph });
  await writeFinishedRun(results, { id: 'unprofiled' });
  await writeFile(join(results, 'full/traces/large.json'), largeTrace());
  await writeFile(join(results, 'full/traces/torn.json'), '{"resourceSpans":[');
  await writeStartedRun(results, { id: 'interrupted', rounds: 2, progress: { state: 'interrupted' } });
});

const rowsOf = (page: Page, side = 0) => page.getByRole('treegrid').nth(side).getByRole('row');

test('why: what single requests waited for, with a way to each pair', options, async () => {
  await using opened = await open('/runs/full/why');
  const { page } = opened;
  const hits = page.locator('#caches table');
  assert.match(await textOf(hits), /memory\s*–\s*97\.3.%.of 1,000/);
  const said = await textOf(page.getByRole('list', { name: 'What the evidence says' }));
  assert.match(
    said,
    /At p50 \(a median request\) it took .* with 41 database calls in naive and none in optimized/,
  );
  assert.match(said, /CPU per request: .*interval/);
  assert.match(await textOf(page.locator('#calls tbody tr').first()), /SELECT reviews removed.*40 → 0/);
  await page.getByRole('link', { name: 'Both span by span' }).nth(1).click();
  await page.waitForURL('**/runs/full/traces/naive-p95...optimized-p95');
  assert.match(await textOf(page.locator('h1')), /^p95, a slow request: .* → .*ms, ÷/);
});

test(
  'the pair is on one time axis, equal spans are one line, and the address keeps what was set',
  options,
  async () => {
    await using opened = await open('/runs/full/traces/naive-p50...optimized-p50?axis=same');
    const { page } = opened;
    assert.equal(await rowsOf(page).count(), 3);
    assert.equal(await rowsOf(page, 1).count(), 2);
    assert.match(await textOf(rowsOf(page).nth(2)), /SELECT reviews ×40/);
    const widths = async () =>
      page.evaluate<number[]>(
        `[...document.querySelectorAll('[role=treegrid]')].map((tree) => tree.querySelector('i').getBoundingClientRect().width)`,
      );
    const [long = 0, short = 0] = await widths();
    const bar = await rowsOf(page).first().locator('i').first().boundingBox();
    assert.ok(bar);
    await page.mouse.move(bar.x + bar.width / 2, bar.y + 4);
    await page.locator('[data-pointed] [data-moment]').nth(1).waitFor();
    const moments = await page.locator('[data-moment]').allTextContents();
    assert.equal(moments[0], moments[1], 'one moment in both');
    assert.ok(short < long / 8 && short >= 2, `on one axis: ${long} and ${short} px`);
    await page.getByRole('button', { name: 'Fit each' }).click();
    await page.getByText(/Own axis of .*magnified ×/).waitFor();
    const [fitted = 0, alsoFitted = 0] = await widths();
    assert.ok(Math.abs(fitted - alsoFitted) < 2, 'each as long as its axis');
    assert.equal(new URL(page.url()).search, '', 'what is as usual is left out');
    await page.getByRole('button', { name: 'Every span' }).click();
    await rowsOf(page).nth(41).waitFor();
    assert.equal(new URL(page.url()).search, '?spans=all');
    await page.reload();
    assert.equal(await rowsOf(page).count(), 42);
  },
);

test('the keyboard moves, opens and tells more', options, async () => {
  await using opened = await open('/runs/full/traces/naive-p50');
  const { page } = opened;
  const tree = page.getByRole('treegrid');
  const active = async () => {
    const id = await tree.getAttribute('aria-activedescendant');
    return textOf(page.locator(`[id="${id}"]`));
  };
  await tree.focus();
  await page.keyboard.press('End');
  assert.match(await active(), /SELECT reviews ×40/);
  await page.keyboard.press('Enter');
  const details = page.getByRole('region', { name: 'About SELECT reviews' });
  assert.match(await textOf(details.locator('pre')), /^SELECT \*\nFROM reviews\nWHERE product_id = \?/);
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowRight');
  await rowsOf(page).nth(42).waitFor();
  await page.keyboard.press('ArrowDown');
  assert.doesNotMatch(await active(), /×40/);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await rowsOf(page).count(), 3);
  await page.keyboard.press('Home');
  assert.match(await active(), /^GET \/products/);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await rowsOf(page).count(), 1);
});

test('thousands of spans: only the lines in sight are in the page', options, async () => {
  await using opened = await open('/runs/full/traces/large?spans=all');
  const { page } = opened;
  const tree = page.getByRole('treegrid');
  assert.equal(await tree.getAttribute('aria-rowcount'), String(spansOfLarge));
  await tree.focus();
  await page.keyboard.press('End');
  await page.getByText(`query ${spansOfLarge - 1}`, { exact: true }).waitFor();
  const nodes = await page.evaluate<number>('document.querySelectorAll("*").length');
  assert.ok(nodes < 5000, `${nodes} nodes`);
  await page.keyboard.press('Home');
  await page.getByText('GET /large').first().waitFor();
});

test('a link to Jaeger is there while somebody answers at its address', options, async () => {
  const jaeger = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(jaeger, 'listening');
  const file = join(folder, 'full/evidence.json');
  const evidence = await readFile(file, 'utf8');
  await writeFile(file, evidence.replaceAll('127.0.0.1:26686', `127.0.0.1:${portOf(jaeger)}`));
  {
    await using opened = await open('/runs/full/traces/naive-p50');
    const address = await opened.page.getByRole('link', { name: 'In Jaeger' }).getAttribute('href');
    assert.match(address ?? '', new RegExp(`^http://127.0.0.1:${portOf(jaeger)}/trace/[0-9a-f]{32}$`));
  }
  jaeger.close();
  await once(jaeger, 'close');
  await using opened = await open('/runs/full/traces/naive-p50');
  await opened.page.getByRole('link', { name: 'All its data' }).waitFor();
  assert.equal(await opened.page.getByRole('link', { name: 'In Jaeger' }).count(), 0);
  await writeFile(file, evidence.replaceAll('http://127.0.0.1:26686', 'javascript:alert'));
  await using hostile = await open('/runs/full/traces/naive-p50');
  await hostile.page.getByRole('link', { name: 'All its data' }).waitFor();
  assert.equal(await hostile.page.getByRole('link', { name: 'In Jaeger' }).count(), 0);
});

test('a waterfall is there without any script', options, async () => {
  await using opened = await open('/runs/full/traces/naive-p50...optimized-p50', {
    javaScriptEnabled: false,
  });
  assert.equal(await rowsOf(opened.page).count(), 3);
});

test('what is not there is said', options, async () => {
  await using torn = await open('/runs/full/traces/torn');
  await torn.page.getByText('is not a trace in OTLP JSON').waitFor();
  await using unknown = await open('/runs/full/traces/naive-p50?axis=sideways');
  await unknown.page.getByText('axis=sideways was left out').waitFor();
  for (const address of ['none', 'naive-p50...none', 'naive-p50...', '..%2f..%2fplan', '%E0%A4%A'])
    assert.ok([400, 404].includes((await raw(`/runs/full/traces/${address}`)).status), address);
  await using unprofiled = await open('/runs/unprofiled/why');
  await unprofiled.page.getByText('No flamegraph was kept: no profile was taken').waitFor();
  await using interrupted = await open('/runs/interrupted/why');
  await interrupted.page.getByText('No traces were captured: the trace pass has not run').waitFor();
});

test('both flamegraphs are drawn, without an origin and without a network', options, async () => {
  await using opened = await open('/runs/full/why');
  const { page } = opened;
  for (const variant of ['naive', 'optimized']) {
    const frame = page.locator(`iframe[title="Flamegraph of ${variant}"]`);
    await frame.scrollIntoViewIfNeeded();
    assert.equal(await frame.getAttribute('sandbox'), 'allow-scripts');
    const inside = frame.contentFrame();
    await inside.locator('canvas').first().waitFor();
    const painted = await inside
      .locator('canvas')
      .first()
      .evaluate((canvas: { toDataURL(): string }) => canvas.toDataURL().length);
    assert.ok(painted > 1000, `the flamegraph of ${variant} has content`);
    assert.equal(await inside.locator('body').evaluate('globalThis.origin'), 'null');
  }
  const alone = await raw('/runs/full/files/profiles/naive/flamegraph.html');
  assert.match(
    String(alone.headers['content-security-policy']),
    /^sandbox allow-scripts; default-src 'none';/,
  );
});

/** One request with thousands of different queries, as a report or an import makes them. */
function largeTrace(): string {
  const span = (index: number, parent: string, name: string, fromMs: number, ms: number) => ({
    traceId: 'f'.repeat(32),
    spanId: index.toString(16).padStart(16, '0'),
    parentSpanId: parent,
    name,
    startTimeUnixNano: String(1_780_000_000_000_000_000n + BigInt(Math.round(fromMs * 1e6))),
    endTimeUnixNano: String(1_780_000_000_000_000_000n + BigInt(Math.round((fromMs + ms) * 1e6))),
    attributes: [{ key: 'db.system.name', value: { stringValue: 'mysql' } }],
  });
  const spans = Array.from({ length: spansOfLarge - 1 }, (_, index) =>
    span(index + 1, '0'.repeat(16), `query ${index + 1}`, index + 0.25, 0.5),
  );
  const root = span(0, '', 'GET /large', 0, spansOfLarge);
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [root, ...spans] }] }] });
}
