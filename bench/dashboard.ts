/**
 * What the dashboard costs its reader, in the system's Chromium and without a network. About three minutes.
 *   npm run bench:dashboard [-- list pages interaction]
 * The limits are those of the dashboard's design; the exit code is 1 where one is missed.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { lowPort } from '../services/api/src/testing/ports.ts';
import { remakeReport } from '../services/lab/src/pipeline.ts';
import { Processes } from '../services/lab/src/run/processes.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { startDashboard } from '../services/lab/src/stack/dashboard.ts';
import { launchChromium } from '../tests/browser/chromium.ts';
import { writeFinishedRun, writeListedRun } from '../tests/runFolders.ts';
import { writeLargeRun } from './largeRun.ts';
import { scrollThrough, tasksOf, traced, type Visit, visited } from './pageVisit.ts';

const rounds = 5;
let missed = 0;

const parts = { list, pages, interaction };
type Part = keyof typeof parts;
const isPart = (name: string): name is Part => name in parts;

const folder = mkdtempSync(join(tmpdir(), 'dyno-dashboard-'));

/** The server's part of `/`: the first look at a folder reads every report, each later one only what changed. */
async function list(): Promise<void> {
  for (const runs of [1_000, 5_000]) {
    const results = await writeList(runs);
    const looks = 9;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [import.meta.filename, '--list', results, String(looks)],
      {
        encoding: 'utf8',
      },
    );
    if (stdout === '') throw new Error(stderr);
    const [first, ...later] = JSON.parse(stdout) as Look[];
    const words = `${runs.toLocaleString('en')} runs`;
    row(`first list of ${words} by a process, ms`, first?.ms ?? Number.NaN, null);
    row('CPU ms of that', first?.cpuMs ?? Number.NaN, null);
    row(
      `later list of ${words} with a search, ms`,
      median(later.map(({ ms }) => ms)),
      runs === 1_000 ? 200 : null,
    );
    row('CPU ms of that', median(later.map(({ cpuMs }) => cpuMs)), null);
  }
}

interface Look {
  ms: number;
  /** Where other programs run as well, this is what the list costs. */
  cpuMs: number;
}

/** The child of `list`: a fresh process knows nothing. */
async function timeLooks(results: string, looks: number): Promise<void> {
  process.env.DYNO_RESULTS = results;
  const { listRuns, runsQuerySchema } = await import('../dashboard/lib/runList.ts');
  const all = runsQuerySchema.parse({});
  const searched = runsQuerySchema.parse({ q: 'products naive', verdict: 'improved' });
  const figures: Look[] = [];
  for (let look = 0; look <= looks; look += 1) {
    const begin = performance.now();
    const before = process.cpuUsage();
    await listRuns(look === 0 ? all : searched, 50);
    const { user, system } = process.cpuUsage(before);
    figures.push({ ms: performance.now() - begin, cpuMs: (user + system) / 1000 });
  }
  process.stdout.write(JSON.stringify(figures));
}

/** A small run, a run of ten million requests, and the list of a thousand, each as somebody opens it. */
async function pages(): Promise<void> {
  const results = await writeList(1_000);
  await writeFinishedRun(results, { id: 'small' });
  const large = await writeLargeRun(results, 10_000_000);
  await remakeReport(large);
  const addresses = {
    run: '/runs/small',
    'run of 10,000,000 requests': `/runs/${large.runId}`,
    'list of 1,000 runs': '/',
  };
  const visits = await withDashboard(results, (url, browser) => visitedInTurn(browser, url, addresses));
  for (const [name, each] of visits) rowsOf(name, each);
  const [small = 1, tenMillion = 1] = [...visits.values()].map((each) =>
    median(each.map(({ paintMs }) => paintMs)),
  );
  row('largest paint of the run of 10,000,000 requests over that of the small one', tenMillion / small, 1.5);
}

/** In turn, so that whatever else the machine does meets all pages alike. */
async function visitedInTurn(
  browser: Browser,
  url: string,
  addresses: Record<string, string>,
): Promise<Map<string, Visit[]>> {
  const visits = new Map<string, Visit[]>();
  for (let round = 0; round <= rounds; round += 1)
    for (const [name, path] of Object.entries(addresses)) {
      const visit = await visited(browser, `${url}${path}`);
      // The first one also loads the server's own code.
      if (round > 0) visits.set(name, [...(visits.get(name) ?? []), visit]);
    }
  return visits;
}

function rowsOf(name: string, visits: Visit[]): void {
  for (const [what, of, limit] of figures) row(`${name}: ${what}`, median(visits.map(of)), limit);
}

const figures: readonly [what: string, of: (visit: Visit) => number, limit: number | null][] = [
  ['ms to the largest paint', ({ paintMs }) => paintMs, 1_000],
  ['layout shift, scrolled through', ({ shift }) => shift, 0.02],
  ['CPU ms beyond 50 in tasks while it loads', ({ blockedMs }) => blockedMs, 200],
  ['CPU ms of the longest of them', ({ longestTaskMs }) => longestTaskMs, 200],
  ['CPU ms of the longest task while it is scrolled through', ({ longestLaterMs }) => longestLaterMs, 200],
  ['kB of HTML with its data', ({ html }) => html.raw, 500],
  ['the same, gzip', ({ html }) => html.gzip, null],
  ['kB of script that the HTML names, gzip', ({ script }) => script.gzip, 250],
  ['kB of script, scrolled through, gzip', ({ scriptScrolled }) => scriptScrolled.gzip, 400],
  ['the same, raw', ({ scriptScrolled }) => scriptScrolled.raw, null],
  ['DOM nodes, scrolled through', ({ nodes }) => nodes, 5_000],
  ['MB of heap, scrolled through', ({ heapMb }) => heapMb, null],
];

/** How long a reader waits for what he did. */
async function interaction(): Promise<void> {
  const results = await writeList(1_000);
  await writeFinishedRun(results, { id: 'full', windowSeconds: 120, blocks: 8 });
  await withDashboard(results, async (url, browser) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(`${url}/runs/full`, { waitUntil: 'networkidle' });
    const frames = await hovered(page);
    row('cross-hair of a chart, ms to the next frame, p95', quantile(frames, 0.95), 50);
    row('cross-hair of a chart, ms to the next frame, worst', Math.max(...frames), 200);
    const zoom = await zoomed(page);
    row('zoom of the four charts over time, ms to the next frame, worst', Math.max(...zoom.frames), 100);
    row('CPU ms of the longest task of a zoom', zoom.longestTaskMs, 200);
    await page.goto(`${url}/`, { waitUntil: 'networkidle' });
    const clicks = await chosen(page);
    row('filter of 1,000 runs, ms from the click to its rows, p95', quantile(clicks, 0.95), 100);
    const typed = await searched(page);
    row(
      'search of 1,000 runs, ms from the last key to its rows (150 of them wait for more keys)',
      median(typed),
      250,
    );
    await context.close();
  });
}

/** From the move of the mouse to the frame that shows it. */
async function hovered(page: Page): Promise<number[]> {
  const chart = page.locator('[data-chart] [role=slider]').first();
  await scrollThrough(page);
  await chart.waitFor();
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  if (!box) throw new Error('the run page has no chart to hover');
  await watchFrames(page, 'mousemove');
  for (let step = 0; step < 40; step += 1) {
    await page.mouse.move(box.x + box.width * (0.1 + step * 0.02), box.y + box.height / 2);
    await page.waitForTimeout(40);
  }
  return page.evaluate<number[]>('globalThis.frames');
}

/** From each `event` to the frame that shows what came of it. */
async function watchFrames(page: Page, event: string): Promise<void> {
  await page.evaluate(`globalThis.frames = [];
    addEventListener('${event}', ({ timeStamp }) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = () => globalThis.frames.push(performance.now() - timeStamp);
      port1.postMessage(null);
    }), { capture: true })`);
}

/** A drag, and Escape back to all of it. */
async function zoomed(page: Page): Promise<{ frames: number[]; longestTaskMs: number }> {
  const chart = page.locator('#throughput [role=slider]');
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  if (!box) throw new Error('the run page has no chart over time to zoom');
  await watchFrames(page, 'pointerup');
  await page.context().browser()?.startTracing(page, { categories: traced });
  for (let step = 0; step < 4; step += 1) {
    await page.mouse.move(box.x + box.width * (0.2 + step * 0.1), box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * (0.4 + step * 0.1), box.y + 60, { steps: 3 });
    await page.mouse.up();
    await page.waitForTimeout(1_500);
    await page.keyboard.press('Escape');
    await page.waitForTimeout(1_500);
  }
  const trace = await page.context().browser()?.stopTracing();
  const frames = await page.evaluate<number[]>('globalThis.frames');
  return { frames, longestTaskMs: Math.max(...tasksOf(trace ?? Buffer.alloc(0))) };
}

async function chosen(page: Page): Promise<number[]> {
  const figures: number[] = [];
  for (const verdict of [
    'improved',
    'regressed',
    'mixed',
    'invalid',
    'improved',
    'equivalent',
    'inconclusive',
  ]) {
    const link = page.locator(`[data-outcome="${verdict}"]`);
    await link.waitFor();
    const begin = untilRows(
      page,
      `rows.every((row) => row.querySelector('[data-verdict="${verdict}"]'))`,
      'click',
    );
    await link.click();
    figures.push(await begin);
  }
  return figures;
}

async function searched(page: Page): Promise<number[]> {
  const figures: number[] = [];
  const search = page.locator('input[type=search]');
  await page.goto(new URL('/', page.url()).href, { waitUntil: 'networkidle' });
  for (const number of ['00123', '00777', '00042']) {
    await search.fill('');
    const begin = untilRows(page, `rows.length === 1 && rows[0].dataset.run === 'run-${number}'`, 'input');
    await search.pressSequentially(number);
    figures.push(await begin);
  }
  return figures;
}

/** Of the last `event` before the rows of the table are as asked. */
function untilRows(page: Page, condition: string, event: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    let begin = 0;
    const begun = ({ timeStamp }) => { begin = timeStamp; };
    addEventListener('${event}', begun, { capture: true });
    const look = () => {
      const rows = [...document.querySelectorAll('tr[data-run]')];
      if (begin === 0 || rows.length === 0 || !(${condition})) return requestAnimationFrame(look);
      removeEventListener('${event}', begun, { capture: true });
      resolve(performance.now() - begin);
    };
    look();
  })`);
}

async function writeList(runs: number): Promise<string> {
  const results = join(folder, `results-${runs}`);
  if (mkdirSync(results, { recursive: true }) === undefined) return results;
  const verdicts = ['improved', 'regressed', 'equivalent', 'inconclusive', 'mixed', 'invalid'] as const;
  for (let run = 0; run < runs; run += 1)
    await writeListedRun(results, {
      id: `run-${String(run).padStart(5, '0')}`,
      experiment: `experiment-${run % 8}`,
      verdict: verdicts[run % verdicts.length] ?? 'improved',
      ratio: 0.3 + (run % 17) / 10,
      blocks: 8,
      createdAt: new Date(Date.UTC(2026, 0, 1) + run * 3_600_000).toISOString(),
    });
  return results;
}

async function withDashboard<T>(
  results: string,
  use: (url: string, browser: Browser) => Promise<T>,
): Promise<T> {
  const found = readSettings();
  const ports = { ...found.ports, dashboard: await lowPort() };
  const processes = await Processes.open({ home: folder, owner: { kind: 'stack' }, reap: true });
  try {
    const { url } = await startDashboard({ ...found, home: folder, results, ports }, processes, () => {});
    const browser = await launchChromium();
    try {
      return await use(url, browser);
    } finally {
      await browser.close();
    }
  } finally {
    await processes.stopAll();
    await processes.close();
  }
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const median = (values: number[]): number => quantile(values, 0.5);

function row(what: string, measured: number, limit: number | null): void {
  const isKept = limit === null || measured <= limit;
  if (!isKept) missed += 1;
  const digits = measured >= 20 ? 0 : measured >= 1 ? 1 : 3;
  const words = limit === null ? 'for information' : `<= ${limit.toLocaleString('en')}`;
  const figure = measured.toLocaleString('en', { maximumFractionDigits: digits });
  console.log(`| ${what} | ${words} | ${figure} | ${isKept ? 'kept' : 'MISSED'} |`);
}

try {
  const [child, results = '', looks = ''] = process.argv.slice(2);
  if (child === '--list') await timeLooks(results, Number(looks));
  else {
    const chosenParts = process.argv.slice(2).filter(isPart);
    const load = loadavg()[0]?.toFixed(1);
    console.log(
      `${new Date().toISOString()}, Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, load ${load}; medians of ${rounds} visits\n`,
    );
    console.log('| what | limit | measured | |\n|---|---|---|---|');
    for (const name of chosenParts.length > 0 ? chosenParts : Object.keys(parts).filter(isPart))
      await parts[name]();
    process.exitCode = missed > 0 ? 1 : 0;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
