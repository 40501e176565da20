import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, describe, type TestContext, test } from 'node:test';
import { routes } from '../bench/everyRoute/routes.ts';
import { shop as shopService } from '../experiments/shop/shop.ts';
import { optimizations } from '../services/api/src/optimizations/index.ts';
import type { Optimization } from '../services/api/src/optimizations/optimization.ts';
import { loadExperiment } from '../services/lab/src/experiment/load.ts';
import { chromiumPath, options } from './browser/chromium.ts';
import { project, stackUrl } from './shop.ts';

/** Which routes a scenario has asked, as the router names them, by the file's name. */
const asked = new Map<string, Set<string>>();
const scenarios = readdirSync(join(project, 'k6/scenarios'))
  .map((file) => basename(file, '.ts'))
  // It draws what it asks from its environment.
  .filter((name) => name !== 'requests');

/** Loads that change, or are a browser's: options of the command line would take the place of that. */
const inItsOptions = ['account-page-browser', 'breakpoint', 'peak', 'spike', 'stress'];
/** What is under way at the end of a scenario is cut off, and on a slow machine that may be all that it has done. */
const longer = { env: { DURATION_SECONDS: '2' } };
/** As options of the command line the users are given time to end what they do. */
const waitingUsers = { args: ['--vus=3', '--duration=1s'] };

let folder = '';
let shop: { child: ChildProcess; url: string; requests: { method: string; path: string }[] };

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-scenarios-'));
  shop = await startShop();
});
after(async () => {
  const ended = once(shop.child, 'exit');
  shop.child.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true });
});

describe('against the optimized shop, every answer has the content that a scenario checks', () => {
  for (const name of scenarios) {
    test(name, name.endsWith('-browser') ? options : {}, async () => {
      shop.requests.length = 0;
      const summary = await runK6(name, inItsOptions.includes(name) ? longer : waitingUsers);
      const { checks } = summary.metrics;
      assert.ok(checks !== undefined && checks.passes > 0, 'no check was made');
      assert.equal(checks.fails, 0, JSON.stringify(failedChecks(summary.root_group)));
      asked.set(name, new Set(shop.requests.map(routeOf)));
    });
  }
});

test('a user without a token signs in, and so does one that has lost the answer with the next one', async (t) => {
  const { url, refreshed } = await startTokens(t);
  // As where the users are not those of the script.
  const { metrics } = await runK6('one-route', {
    args: ['--vus=2', '--duration=1s'],
    env: { BASE_URL: url, VUS: '1', ROUTE: 'POST /auth/refresh' },
  });
  // Two checks of the answer that was lost, two of the one that refuses the spent token.
  assert.equal(metrics.checks?.fails, 4);
  assert.deepEqual([...refreshed].sort(), ['customer1@example.com', 'customer2@example.com']);
});

for (const optimization of optimizations as readonly Optimization[]) {
  test(`${optimization.name} has an experiment, on a route where it works`, async () => {
    const { experiment } = await loadExperiment(optimization.name, project);
    assert.equal(experiment.name, optimization.name);
    const on = (variant: { env: Record<string, string> } | undefined) =>
      (variant?.env.SHOP_OPTIMIZATIONS ?? '').split(',');
    assert.ok(!on(experiment.baseline).includes(optimization.name), 'the baseline has it');
    assert.ok(on(experiment.candidates[0]).includes(optimization.name), 'the candidate has it not');
    const scenario = basename(experiment.load.scenario ?? '', '.ts');
    const routes = [...(asked.get(scenario) ?? [])];
    assert.ok(
      optimization.where.includes('*') || routes.some((route) => optimization.where.includes(route)),
      `${scenario} asks ${routes.join(', ')}, and it works on ${optimization.where.join(', ')}`,
    );
  });
}

for (const { name, route, scenario } of routes) {
  test(`${name} of the table of every route asks ${route}`, () => {
    const asks = [...(asked.get(scenario) ?? [])];
    assert.ok(asks.includes(route.replace(/\{(\w+)\}/g, ':$1')), `${scenario} asks ${asks.join(', ')}`);
  });
}

interface Group {
  groups: Record<string, Group>;
  checks: Record<string, { name: string; fails: number }>;
}
interface Summary {
  metrics: Record<string, { passes: number; fails: number }>;
  root_group: Group;
}

function failedChecks({ checks }: Group): string[] {
  return Object.values(checks)
    .filter(({ fails }) => fails > 0)
    .map(({ name, fails }) => `${name}: ${fails}`);
}

/** A second of users who do not read between two things. */
async function runK6(
  scenario: string,
  { args = [], env = {} }: { args?: string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<Summary> {
  const file = join(folder, `${scenario}.json`);
  const child = spawn(
    process.env.TEST_K6 ?? 'k6',
    [
      'run',
      '--quiet',
      '--no-usage-report',
      `--summary-export=${file}`,
      ...args,
      `k6/scenarios/${scenario}.ts`,
    ],
    {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        K6_BROWSER_EXECUTABLE_PATH: chromiumPath ?? undefined,
        K6_BROWSER_ARGS: 'no-sandbox',
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
        BASE_URL: shop.url,
        VUS: '3',
        DURATION_SECONDS: '1',
        PEOPLE_AT_MOST: '2',
        THINK_SECONDS: '0',
        IMPORT_ROWS: '20',
        ...env,
      },
    },
  );
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  assert.equal(code, 0, output + errors);
  // An iteration that throws fails no check.
  if (!scenario.endsWith('-browser')) assert.doesNotMatch(errors, /level=error/);
  return JSON.parse(readFileSync(file, 'utf8')) as Summary;
}

/** Gives tokens that are good for one use, and loses its first answer to one; `refreshed` is who has got a successor that counts. */
async function startTokens(t: TestContext): Promise<{ url: string; refreshed: Set<string> }> {
  const owners = new Map<string, string>();
  const refreshed = new Set<string>();
  let issued = 0;
  let lost = false;
  const server = createServer(async (request, response) => {
    const { email, refreshToken } = JSON.parse(await text(request)) as Record<string, string>;
    const owner = email ?? owners.get(refreshToken ?? '');
    owners.delete(refreshToken ?? '');
    if (owner === undefined) return response.writeHead(401).end();
    if (email === undefined && !lost) {
      lost = true;
      return request.socket.destroy();
    }
    if (email === undefined) refreshed.add(owner);
    issued += 1;
    const next = `refresh-token-number-${issued}`;
    owners.set(next, owner);
    return response.end(JSON.stringify({ accessToken: 'a.b.c', refreshToken: next }));
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refreshed };
}

/** As measured, but for what needs processes beside it; the access log says what was asked. */
async function startShop(): Promise<typeof shop> {
  const requests: { method: string; path: string }[] = [];
  const names = optimizations
    .filter(({ group }) => group === 'database' || group === 'code' || group === 'caching')
    .map(({ name }) => name as string)
    .filter((name) => name !== 'memcached-sessions');
  const child = spawn(process.execPath, ['services/api/src/main.ts'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      PORT: '0',
      LOG_LEVEL: 'info',
      DRAIN_MS: '0',
      MYSQL_URL: stackUrl('MYSQL'),
      REDIS_URL: stackUrl('REDIS'),
      ...shopService.env,
      SHOP_OPTIMIZATIONS: names.join(','),
    },
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const port = /"msg":"listening"/.test(line) ? /"port":(\d+)/.exec(line)?.[1] : undefined;
      if (port) resolve(`http://127.0.0.1:${port}`);
      if (line.includes('"msg":"request"'))
        requests.push(JSON.parse(line) as { method: string; path: string });
    });
    child.once('exit', (code) => reject(new Error(`the shop ended with ${code}`)));
  });
  return { child, url, requests };
}

function routeOf({ method, path }: { method: string; path: string }): string {
  const pattern = path
    .replace(/^\/images\/products\/\d+\.\w+$/, '/images/products/:file')
    .replace(/^\/assets\/.*/, '/assets/:file')
    .replace(/\/\d+(?=\/|$)/, '/:id');
  return `${method} ${pattern}`;
}
