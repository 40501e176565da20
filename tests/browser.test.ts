import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { beforeAfter, change, changeInterval, quantities } from '@dyno/lab/format';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { Processes } from '../services/lab/src/run/processes.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { startDashboard } from '../services/lab/src/stack/dashboard.ts';
import { finishRun, writeFinishedRun, writeProgress, writeStartedRun } from './runFolders.ts';

const run = promisify(execFile);
const chromiumPath = findChromium();
const options = { skip: chromiumPath ? false : 'no Chromium on PATH and no DYNO_CHROMIUM' };
/** Whatever a name, a title or a log line of a measured service can be made of. */
const hostile = '"><img src=x onerror="globalThis.acted=1"><script>globalThis.acted=1</script></script><!--';
/** No pid is as large. */
const deadPid = 2 ** 22 + 1;

let folder = '';
let results = '';
let flamegraph = '';
let url = '';
let processes: Processes;
let browser: Browser;

before(async () => {
  if (!chromiumPath) return;
  folder = await mkdtemp(join(tmpdir(), 'dyno-browser-'));
  results = join(folder, 'results');
  await mkdir(results);
  flamegraph = await profileSomething(folder);
  const found = readSettings();
  const settings = {
    ...found,
    home: folder,
    results,
    ports: { ...found.ports, dashboard: await freePort() },
  };
  processes = await Processes.open({ home: folder, owner: { kind: 'stack' }, reap: true });
  ({ url } = await startDashboard(settings, processes, () => {}));
  browser = await chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

after(async () => {
  await browser?.close();
  await processes?.stopAll();
  await processes?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
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
    const row = await textOf(page.locator(`tr[data-metric="${metric.name}"]`));
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
  for (const guard of report.guards)
    await page.getByText(guard.detail).first().waitFor({ state: 'attached' });
  const goals = await textOf(page.getByRole('list', { name: 'Goals for optimized' }));
  for (const { detail } of report.thresholds) assert.ok(goals.includes(detail), goals);
});

test('the answer and its intervals are in the page without any script', options, async () => {
  await using opened = await open('/runs/improved', { javaScriptEnabled: false });
  const { page } = opened;
  assert.match(await textOf(page.locator('h1')), /^Improved: /);
  assert.equal(await page.locator('tr[data-metric] svg[role=img] circle').count(), 8);
});

test('the charts are drawn, and one cross-hair reads all three over time', options, async () => {
  await using opened = await open('/runs/improved');
  const { page } = opened;
  const charts = [
    'Latency by percentile',
    'Latency over the run',
    'Requests per second over the run',
    'CPU by process over the run',
  ];
  for (const title of charts) {
    const chart = page
      .locator('svg.recharts-surface')
      .filter({ has: page.locator('title', { hasText: title }) })
      .first();
    await chart.waitFor();
    const curves = chart.locator('path.recharts-curve');
    assert.ok((await curves.count()) >= 2, `${title} has a curve for each variant`);
    assert.ok(((await curves.last().getAttribute('d')) ?? '').length > 20, `${title} is not empty`);
  }
  const latency = page.locator('#latency .recharts-wrapper');
  await latency.scrollIntoViewIfNeeded();
  const box = await latency.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width * 0.15, box.y + box.height / 2);
  await page
    .locator('#latency [role=status]')
    .getByText(/block 1.*p50.*p95/)
    .waitFor();
  await page
    .locator('#throughput [role=status]')
    .getByText(/block 1.*\/s/)
    .waitFor();
  await page
    .locator('#cpu-over-time [role=status]')
    .getByText(/block 1.*service.*mysql/)
    .waitFor();
});

test('both flamegraphs are drawn, without an origin and without a network', options, async () => {
  await using opened = await open('/runs/improved');
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
  const alone = await raw('/runs/improved/files/profiles/naive/flamegraph.html');
  assert.match(
    String(alone.headers['content-security-policy']),
    /^sandbox allow-scripts; default-src 'none';/,
  );
});

test('a kept trace is a waterfall: the N+1 is one line of forty bars', options, async () => {
  await using opened = await open('/runs/improved');
  const { page } = opened;
  await page.getByRole('link', { name: 'Waterfall' }).first().click();
  await page.getByText('SELECT reviews ×40').waitFor();
  assert.equal(await page.locator('tbody tr').count(), 3);
  await page.getByRole('link', { name: 'Show every span' }).click();
  await page.getByRole('link', { name: 'Fold equal spans' }).waitFor();
  assert.equal(await page.locator('tbody tr').count(), 42);
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

  await using crashed = await open('/runs/crashed');
  await crashed.page.getByText('This run crashed').waitFor();
  await crashed.page.getByText('npx dyno run --resume crashed').waitFor();
  await using invalid = await open('/runs/invalid');
  assert.equal(await invalid.page.locator('tr[data-metric]').first().isVisible(), false);
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
  assert.equal(await page.locator('#rounds tbody tr').count(), 2);
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

test('a hostile run folder does no harm', options, async () => {
  const page = `<!doctype html><body><script>
    const said = globalThis.said = [];
    for (const act of [() => parent.document.title, () => localStorage.length, () => { top.location = 'http://127.0.0.1:9/' }])
      try { act(); said.push('acted'); } catch { said.push('refused'); }
    fetch('/runs/improved/files/report.json').then(() => said.push('acted'), () => said.push('refused'));
    new Image().src = 'http://127.0.0.1:9/leak';
  </script>${hostile}`;
  const evil = join(folder, 'evil.html');
  await writeFile(evil, page);
  await writeFinishedRun(results, {
    id: 'hostile',
    title: `GET ${hostile}`,
    text: hostile,
    flamegraph: evil,
  });
  await writeFile(join(folder, 'secret.json'), '"the secret"');
  await symlink(join(folder, 'secret.json'), join(results, 'hostile/metrics.json'));
  await symlink(folder, join(results, 'outside'));
  const huge = await writeStartedRun(results, { id: 'huge', rounds: 1, progress: { state: 'finished' } });
  await writeFile(join(huge.folder, 'report.json'), '');
  await truncate(join(huge.folder, 'report.json'), 2 ** 31);

  for (const path of ['/', '/runs/hostile', '/runs/hostile/traces/naive-median']) {
    await using opened = await open(path, {}, { expectBlocked: true });
    assert.equal(await opened.page.evaluate(() => Reflect.get(globalThis, 'acted')), undefined, path);
    if (path !== '/runs/hostile') continue;
    const frame = opened.page.locator('iframe').first();
    await frame.scrollIntoViewIfNeeded();
    assert.deepEqual(
      await frame
        .contentFrame()
        .locator('body')
        .evaluate(
          'new Promise((resolve) => { const look = () => said.length === 4 ? resolve(said) : setTimeout(look, 20); look(); })',
        ),
      ['refused', 'refused', 'refused', 'refused'],
    );
  }
  for (const [path, status] of [
    ['/runs/hostile/files/metrics.json', 404],
    ['/runs/outside/files/secret.json', 404],
    ['/runs/outside', 404],
    ['/runs/..%2foutside', 404],
    ['/runs/..%2f..%2fsecret', 404],
    ['/runs/hostile/files/..%2f..%2fsecret.json', 404],
    ['/runs/hostile/files/%2e%2e/%2e%2e/secret.json', 404],
    ['/runs/hostile/traces/..%2f..%2f..%2fsecret', 404],
    ['/runs/huge/files/report.json', 413],
  ] as const) {
    const answer = await raw(path);
    assert.equal(answer.status, status, path);
    assert.ok(!answer.body.includes('the secret'), path);
  }
  assert.match((await raw('/runs/huge')).body, /more than the/);
});

test('another page in the same browser reaches nothing', options, async () => {
  const other = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(attacker(url));
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.url().startsWith(url)) statuses.push(response.status());
    });
    await page.goto(`http://127.0.0.1:${portOf(other)}/`);
    await page.waitForFunction('globalThis.outcome');
    const outcome = await page.evaluate('globalThis.outcome');
    assert.deepEqual(outcome, {
      fetch: 'refused',
      post: 'refused',
      script: 'refused',
      image: 'refused',
      stream: 'refused',
    });
    // What the browser lets a foreign page see of the answers: a refused frame at the least.
    assert.ok(statuses.length > 0);
    for (const status of statuses) assert.ok(status === 403 || status === 405, String(status));
  } finally {
    await context.close();
    other.close();
  }
});

/** A page that tries every way to ask another address. */
function attacker(target: string): string {
  return `<!doctype html><title>other</title><body><script>
    const target = ${JSON.stringify(target)};
    const element = (tag, attribute, path) => new Promise((resolve) => {
      const node = document.createElement(tag);
      node.onload = () => resolve('loaded');
      node.onerror = () => resolve('refused');
      node[attribute] = target + path;
      document.body.append(node);
    });
    const asked = (path, how) => fetch(target + path, how).then(() => 'loaded', () => 'refused');
    (async () => {
      await asked('/', { mode: 'no-cors' });
      await element('iframe', 'src', '/');
      const outcome = {
        fetch: await asked('/runs/improved/files/report.json'),
        post: await asked('/', { method: 'POST', body: '{}' }),
        script: await element('script', 'src', '/runs/improved/files/report.json'),
        image: await element('img', 'src', '/icon.svg'),
      };
      const source = new EventSource(target + '/runs/improved/live');
      outcome.stream = await new Promise((resolve) => {
        source.onopen = () => resolve('loaded');
        source.onerror = () => resolve('refused');
      });
      source.close();
      globalThis.outcome = outcome;
    })();
  </script>`;
}

test('the gate stands in front of every route', options, async () => {
  const asset = /\/_next\/static\/[^"]+\.js/.exec((await raw('/')).body)?.[0];
  assert.ok(asset);
  for (const path of [
    '/',
    '/runs/improved',
    '/runs/improved/files/report.json',
    '/runs/improved/live',
    asset,
    '/icon.svg',
  ]) {
    assert.equal((await raw(path, { host: 'evil.example' })).status, 421, path);
    assert.equal((await raw(path, { origin: 'http://evil.example' })).status, 403, path);
    assert.equal((await raw(path, { 'sec-fetch-site': 'cross-site' })).status, 403, path);
  }
  assert.equal((await raw(asset)).status, 200);
  const { headers } = await raw('/');
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /script-src 'nonce-[^']+' 'strict-dynamic'/);
  assert.ok(!policy.includes('unsafe-eval'));
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['access-control-allow-origin'], undefined);
});

test('pages that leave give their stream back', options, async () => {
  // The twenty-first is refused while twenty follow; when they have gone there is room again.
  const followed = await Promise.all(Array.from({ length: 20 }, () => stream('/runs/improved/live')));
  assert.equal((await raw('/runs/improved/live')).status, 503);
  for (const one of followed) one.destroy();
  await until(async () => {
    const next = await stream('/runs/improved/live').catch(() => null);
    next?.destroy();
    return next !== null;
  });
});

test('the page of a full run is there at once', options, async (context) => {
  await writeFinishedRun(results, { id: 'full', flamegraph, windowSeconds: 120, blocks: 8 });
  const figures: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await using opened = await open('/runs/full');
    await opened.page.locator('#cpu-over-time svg.recharts-surface').waitFor();
    const paint = await opened.page.evaluate<number>(
      `new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
        .observe({ type: 'largest-contentful-paint', buffered: true }))`,
    );
    figures.push(Math.round(paint));
  }
  context.diagnostic(`largest paint of a full run: ${figures.join(', ')} ms`);
});

interface OpenedPage extends AsyncDisposable {
  page: Page;
}

/** Every page is watched: no request leaves the origin, nothing fails, no policy is broken. */
async function open(
  path: string,
  how: { javaScriptEnabled?: boolean } = {},
  { expectBlocked = false } = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...how });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  const left: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('response', (response) => {
    if (!response.url().startsWith(`${url}/`) && !response.url().startsWith('data:'))
      left.push(response.url());
  });
  await page.goto(`${url}${path}`);
  return {
    page,
    async [Symbol.asyncDispose]() {
      await context.close();
      assert.deepEqual(left, [], 'no request leaves the origin');
      if (!expectBlocked) assert.deepEqual(complaints, [], 'the browser has nothing to complain about');
    },
  };
}

const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? '';

function raw(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      get(`${url}${path}`, { headers: { host: new URL(url).host, ...headers }, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      }).once('error', reject);
    },
  );
}

function stream(path: string) {
  return new Promise<{ destroy(): unknown }>((resolve, reject) => {
    const request = get(`${url}${path}`, { agent: false }, (response) => {
      if (response.statusCode === 200) return resolve(request);
      request.destroy();
      reject(new Error(`${path} answered ${response.statusCode}`));
    });
    request.once('error', reject);
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A real page of 0x, of a program that is busy for a second. */
async function profileSomething(parent: string): Promise<string> {
  const program = join(parent, 'busy.cjs');
  await writeFile(
    program,
    'const end = Date.now() + 1000; function work(n) { return JSON.stringify({ n }).length } let sum = 0; while (Date.now() < end) sum += work(sum);',
  );
  const zeroX = join(import.meta.dirname, '../node_modules/0x/cmd.js');
  await run(process.execPath, [zeroX, '--output-dir', 'profile', '--', process.execPath, program], {
    cwd: parent,
  });
  return join(parent, 'profile/flamegraph.html');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function findChromium(): string | null {
  if (process.env.DYNO_CHROMIUM) return process.env.DYNO_CHROMIUM;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return (
    folders.flatMap((path) => names.map((name) => join(path, name))).find((path) => existsSync(path)) ?? null
  );
}
