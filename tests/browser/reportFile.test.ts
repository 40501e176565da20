import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { writeFinishedRun } from '../runFolders.ts';
import { violations } from './axe.ts';
import { open, options, textOf, withDashboard } from './dashboard.ts';

/** Whatever a name, a title or a log line of a measured service can be made of. */
const hostile = '"><img src=x onerror="globalThis.acted=1"><script>globalThis.acted=1</script></style><!--';
const dashboard = withDashboard(async (results) => {
  await writeFinishedRun(results, { id: 'products', noiseFloor: 0.018 });
  await writeFinishedRun(results, { id: 'hostile', title: `GET ${hostile}`, text: hostile, mode: 'fine' });
});
/** Of A4 between the margins, in CSS pixels. */
const paper = { width: Math.floor(((210 - 26) / 25.4) * 96), height: Math.floor(((297 - 31) / 25.4) * 96) };

test(
  'a report file opens from the disk: verdict, intervals, charts, nothing asked of any place',
  options,
  async () => {
    for (const run of ['products', 'hostile']) {
      await using opened = await openFile(await report(run, 'html'));
      const { page, requests } = opened;
      assert.match(await textOf(page.locator('h1')), /^✓.Improved: mean latency 486.ms → /);
      assert.ok((await page.locator('.metrics .chart-lane').count()) >= 8, 'an interval for each metric');
      for (const id of ['percentiles', 'blocks', 'latency', 'cpu-over-time', 'memory', 'cpu'])
        assert.ok(await page.locator(`#${id}`).isVisible(), id);
      await page.locator('#percentiles summary').click();
      assert.match(await textOf(page.locator('#percentiles tbody')), /p95/);
      assert.equal(await page.evaluate(() => Reflect.get(globalThis, 'acted')), undefined);
      assert.deepEqual(requests, [page.url()], 'the file alone');
    }
  },
);

test('it fits a phone and follows the theme; paper is light', options, async () => {
  const file = await report('products', 'html');
  const colours: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await using opened = await openFile(file, { colorScheme, viewport: { width: 320, height: 800 } });
    const { page } = opened;
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
    await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
    assert.deepEqual(await violations(page), [], colorScheme);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, 'unfolded');
    colours.push(await backgroundOf(page));
    await page.emulateMedia({ media: 'print' });
    assert.equal(await backgroundOf(page), 'rgb(255, 255, 255)');
  }
  assert.notEqual(colours[0], colours[1]);
});

test('no chart is cut on paper, and what is folded is open', options, async () => {
  await using opened = await openFile(await report('products', 'html'), { viewport: paper });
  const { page } = opened;
  await page.emulateMedia({ media: 'print' });
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
  assert.ok(wide <= paper.width, `${wide} px on ${paper.width}`);
  const figures = await page.locator('.picture').all();
  assert.ok(figures.length >= 6);
  for (const figure of figures) {
    const { height = Infinity } = (await figure.boundingBox()) ?? {};
    assert.ok(height <= paper.height, `${await figure.locator('h3').textContent()} is ${height} px high`);
    assert.equal(await breakOf(figure), 'avoid');
  }
  assert.ok(await page.locator('#percentiles table').isVisible());
});

test('a PDF has pages of A4', options, async () => {
  const pdf = (await readFile(await report('products', 'pdf'))).toString('latin1');
  assert.match(pdf, /^%PDF-/);
  const pages = pdf.match(/\/Type \/Page\b/g)?.length ?? 0;
  assert.ok(pages >= 2 && pages <= 12, `${pages} pages`);
  const boxes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
  assert.ok(boxes.length > 0);
  for (const [, width, height] of boxes)
    assert.deepEqual([Math.round(Number(width)), Math.round(Number(height))], [595, 842]);
});

test('the dashboard gives out the same file', options, async () => {
  await using opened = await open('/runs/products/files');
  const { page } = opened;
  await page.getByRole('link', { name: 'HTML', exact: true }).click();
  await page.waitForURL('**/runs/products/report.html');
  assert.match(await textOf(page.locator('h1')), /Improved: mean latency/);
  const own = await readFile(await report('products', 'html'), 'utf8');
  const answer = await page.request.get(page.url());
  assert.equal(await answer.text(), own);
  assert.match(answer.headers()['content-security-policy'] ?? '', /^sandbox; default-src 'none'/);
});

/** As a user makes one. */
async function report(run: string, kind: 'html' | 'pdf'): Promise<string> {
  const file = join(dashboard.folder(), `${run}.${kind}`);
  const cli = join(import.meta.dirname, '../../services/lab/src/cli.ts');
  await promisify(execFile)(process.execPath, [cli, 'report', run, '-o', file, '-q'], {
    env: { ...process.env, DYNO_RESULTS: dashboard.results(), DYNO_HOME: join(dashboard.folder(), 'home') },
  });
  return file;
}

async function openFile(file: string, how: BrowserContextOptions = {}) {
  const context = await dashboard.browser().newContext({ viewport: { width: 1280, height: 900 }, ...how });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(pathToFileURL(file).href);
  return {
    page,
    requests,
    async [Symbol.asyncDispose]() {
      await context.close();
      assert.deepEqual(complaints, [], 'the browser has nothing to complain about');
    },
  };
}

function breakOf(figure: Locator): Promise<string> {
  return figure.evaluate((element) => Reflect.get(globalThis, 'getComputedStyle')(element).breakInside);
}

function backgroundOf(page: Page): Promise<string> {
  return page.evaluate('getComputedStyle(document.body).backgroundColor');
}
