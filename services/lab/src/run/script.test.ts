import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DynoError } from '../errors.ts';
import { k6Program } from './fixtures/k6Program.ts';
import {
  assertLongEnough,
  crossedThresholds,
  inspectScript,
  loadArguments,
  loadsPages,
  messageOf,
  replacesOwn,
  type Script,
} from './script.ts';

let folder: string;
let k6: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-script-'));
  k6 = await k6Program();
});

after(() => rmSync(folder, { recursive: true }));

const request =
  "if (!__ENV.BASE_URL) throw new Error('no address'); export default function () { http.get(__ENV.BASE_URL + '/'); }";

test('a script without options gets the load of the experiment', async () => {
  const script = await inspect('plain.js', request);
  assert.equal(script.hasOwnLoad, false);
  assert.deepEqual(await argumentsOf(script, { vus: 3 }), ['--config', configFile()]);
  assert.deepEqual(config(), {
    scenarios: { load: { executor: 'constant-vus', vus: 3, duration: '20s', gracefulStop: '0s' } },
  });
  await argumentsOf(script, { vus: 3, ratePerSecond: 2.5 });
  assert.deepEqual(config().scenarios.load, {
    executor: 'constant-arrival-rate',
    rate: 2500,
    timeUnit: '1000s',
    duration: '20s',
    gracefulStop: '0s',
    preAllocatedVUs: 3,
    maxVUs: 3,
  });
});

test('a script keeps its own options, unless the user replaces them', async () => {
  const options =
    "export const options = { stages: [{ duration: '10s', target: 4 }, { duration: '1m', target: 2 }] };";
  const script = await inspect('stages.js', `${options}\n${request}`);
  assert.deepEqual(
    { own: script.hasOwnLoad, seconds: script.seconds, vus: script.maxVus },
    { own: true, seconds: 70, vus: 4 },
  );
  assert.deepEqual(await argumentsOf(script, { vus: 3 }), []);
  assert.deepEqual(await argumentsOf(script, { vus: 3, replacesOptions: true }), [
    '--vus',
    '3',
    '--duration',
    '20s',
  ]);
  await assert.rejects(
    argumentsOf(script, { vus: 3, ratePerSecond: 5, replacesOptions: true }),
    /stages\.js has options of its own, and a rate cannot replace them/,
  );
});

test('a script that reads the load from its environment is not replaced', async () => {
  const fixed = await inspect('fixed.js', `export const options = { vus: 2, duration: '60s' };\n${request}`);
  const users = await inspect(
    'users.js',
    `export const options = { vus: Number(__ENV.VUS), duration: '60s' };\n${request}`,
    { VUS: '3' },
  );
  const given = (ratePerSecond: number | null) => ({ replacesOptions: true, ratePerSecond });
  assert.equal(replacesOwn(fixed, given(null)), true);
  assert.equal(replacesOwn(fixed, { ratePerSecond: null }), false);
  assert.equal(users.maxVus, 3);
  assert.equal(replacesOwn(users, given(null)), false);
  // It knows no rate.
  assert.equal(replacesOwn(users, given(5)), true);
});

test('a script that ends before the window does is refused', async () => {
  const short = await inspect('short.ts', `export const options = { vus: 2, duration: '1.5s' };\n${request}`);
  assert.throws(
    () => assertLongEnough(short, 20),
    (error) =>
      error instanceof DynoError &&
      error.exitCode === 2 &&
      /short\.ts runs for 1\.5 s.*needs 20 s/.test(error.message),
  );
});

test('a script that needs a browser says so, and keeps the scenario that does', async () => {
  const scenarios =
    "{ pages: { executor: 'constant-vus', vus: 1, duration: '1m', options: { browser: { type: 'chromium' } } } }";
  const script = await inspect('pages.js', `export const options = { scenarios: ${scenarios} };\n${request}`);
  assert.equal(script.needsBrowser, true);
  assert.equal((await inspect('no-pages.js', request)).needsBrowser, false);
  assert.deepEqual(await argumentsOf(script, { vus: 3 }), []);
  await assert.rejects(
    argumentsOf(script, { vus: 3, replacesOptions: true }),
    (error) => error instanceof DynoError && /pages\.js says .* needs a browser/.test(error.message),
  );
});

test('a script loads pages also through the files that it imports; their types alone load none', async () => {
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  write(
    'page.ts',
    "import { browser } from 'k6/browser';\nimport './shop.ts';\nexport const look = browser;",
  );
  write('shop.ts', "export { look } from './page.ts';\nimport 'https://example.com/k6.js';");
  write('types.ts', "import http from 'k6/http';\nimport type { Page } from 'k6/browser';");
  const said = async (name: string, text: string) => loadsPages(write(name, text));
  assert.equal(await said('direct.js', "import { browser } from 'k6/browser';"), true);
  assert.equal(await said('through.ts', "import { look } from './shop.ts';"), true);
  assert.equal(await said('required.js', "const { look } = require('./page.ts');"), true);
  assert.equal(await said('none.ts', "import './types.ts';\nimport type { look } from './page.ts';"), false);
  assert.equal(await said('missing.js', "import './nowhere.js';"), false);
});

test('tags that thresholds select by are known', async () => {
  const thresholds =
    "{ checks: ['rate>0.9'], 'http_req_duration{name:x,mine:1}': ['p(95)<9'], 'http_req_failed{group:::a}': ['rate<1'] }";
  const script = await inspect(
    'thresholds.js',
    `export const options = { thresholds: ${thresholds} };\n${request}`,
  );
  assert.equal(script.hasThresholds, true);
  assert.deepEqual(script.thresholdTags, ['group', 'name']);
});

test('a script that cannot begin is quoted', async () => {
  const refusals: [string, string, RegExp][] = [
    [
      'missing.js',
      "const list = open('./nothing.json');",
      /k6 cannot run .*missing\.js: .*nothing\.json: no such file/,
    ],
    ['syntax.js', 'const x = ;', /syntax\.js: .*Unexpected token ;/],
    ['throws.js', 'throw new Error(\'no "token" set\');', /throws\.js: Error: no "token" set/],
    ['nothing.js', '', /nothing\.js: .*no exported functions|nothing\.js: .*default/],
  ];
  for (const [name, text, message] of refusals) {
    const script = name === 'nothing.js' ? 'export const options = {};' : `${text}\n${request}`;
    await assert.rejects(inspect(name, script), (error) => {
      assert.ok(error instanceof DynoError && error.exitCode === 2);
      assert.match(error.message, message);
      return true;
    });
  }
});

test('thresholds that were crossed are read from the summary', async () => {
  const file = join(folder, 'summary.json');
  const metrics = {
    http_reqs: { count: 3 },
    http_req_duration: { avg: 3, thresholds: { 'p(95)<1': true, 'avg<10': false } },
    'checks{a:b}': { thresholds: { 'rate>0.9': true } },
  };
  writeFileSync(file, JSON.stringify({ metrics, root_group: {} }));
  assert.deepEqual(await crossedThresholds(file), ['http_req_duration: p(95)<1', 'checks{a:b}: rate>0.9']);
  assert.equal(await crossedThresholds(join(folder, 'none.json')), null);
});

test('of a log full of errors the first one is told, without control characters', () => {
  const line = String.raw`time="x" level=error msg="GoError: \"a\" \x1b[31m\n\tat file:///x.js:2:9(18)\n" hint="script exception"`;
  assert.equal(
    messageOf(`time="x" level=info msg="b"\n${line}\n${line}`),
    'GoError: "a" \\x1b[31m\n  at file:///x.js:2:9(18)',
  );
  assert.equal(messageOf('nothing'), null);
});

function inspect(name: string, text: string, load: NodeJS.ProcessEnv = {}): Promise<Script> {
  const file = join(folder, name);
  writeFileSync(file, `import http from 'k6/http';\n${text}\n`);
  const env = { PATH: process.env.PATH, BASE_URL: 'http://127.0.0.1:1', ...load };
  return inspectScript({ k6, file, env }, AbortSignal.timeout(30_000));
}

function argumentsOf(script: Script, load: Parameters<typeof loadArguments>[1]): Promise<string[]> {
  return loadArguments(script, load, { neededSeconds: 20, configFile: configFile() });
}

function configFile(): string {
  return join(folder, 'config.json');
}

function config() {
  return JSON.parse(readFileSync(configFile(), 'utf8'));
}
