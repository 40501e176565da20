import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { experimentSchema } from '@dyno/contracts/experiment';
import type { z } from 'zod';
import { DynoError } from '../errors.ts';
import { makePlan } from '../experiment/plan.ts';
import { convertSamples, type SampleCounts } from '../samples/parquet.ts';
import { openRoundBench, type RoundBench } from './fixtures/roundBench.ts';
import { type MeasuredRound, measureRound, type RoundContext } from './round.ts';

let folder: string;
let bench: RoundBench;

beforeEach(async () => {
  bench = await openRoundBench('scripts');
  folder = bench.folder;
});

afterEach(() => bench.close());

test('groups, tags, several requests an iteration, checks and thresholds of a script count as k6 counts them', async () => {
  const { round, counts } = await measure(
    scriptLoad(
      'shop.js',
      `import http from 'k6/http';
      import { check, group } from 'k6';
      import { Trend } from 'k6/metrics';
      const items = new Trend('items');
      export const options = {
        scenarios: { all: { executor: 'constant-vus', vus: 2, duration: '20s', exec: 'visit' } },
        thresholds: { 'http_req_duration{name:page}': ['avg<0.000001', 'avg<10000'], http_req_failed: ['rate<0.1'], items: ['min>0'] },
      };
      export function visit() {
        group('a "page", and more', () => {
          const page = http.get(__ENV.BASE_URL + '/?n=' + Math.random(), { tags: { name: 'page', mine: 'x,y' } });
          check(page, { 'is a page, "really"': (answer) => answer.json().items.length === 1 });
          items.add(1, { of: 'page' });
        });
        http.batch([[ 'GET', __ENV.BASE_URL + '/none' ], [ 'GET', __ENV.BASE_URL + '/other' ]]);
      }`,
    ),
  );
  assert.equal(round.excluded, null, round.excluded?.detail);
  assert.deepEqual(round.crossed.toSorted(), [
    'http_req_duration{name:page}: avg<0.000001',
    'http_req_failed: rate<0.1',
  ]);
  // One request of three is answered 404; iterations under way at the ends of the window are not whole.
  const share = counts.failed / counts.requests;
  assert.ok(counts.requests > 30 && Math.abs(share - 1 / 3) < 0.05, JSON.stringify(counts));
  assert.deepEqual(Object.keys(counts.statuses), ['200', '404']);
  assert.equal(counts.statuses['404'], counts.failed);
});

test('a TypeScript script without options gets the users of the experiment and what it needs of the environment', async () => {
  process.env.SHOP_TOKEN = 'secret';
  try {
    const { round, counts } = await measure(
      scriptLoad(
        'plain.ts',
        `import http from 'k6/http';
        const token: string = __ENV.SHOP_TOKEN;
        if (token !== 'secret') throw new Error('no token');
        export default function (): void { http.get(__ENV.BASE_URL); }`,
      ),
    );
    assert.equal(round.excluded, null, round.excluded?.detail);
    assert.deepEqual(round.crossed, []);
    assert.ok(counts.requests > 30 && counts.failed === 0, JSON.stringify(counts));
    const lines = readdirSync(join(folder, 'log'));
    assert.ok(lines.some((name) => name.endsWith('-k6.log')));
  } finally {
    delete process.env.SHOP_TOKEN;
  }
});

test('what a script does to prepare its load is not measured, however long it takes', async () => {
  const { round, counts } = await measure(
    scriptLoad(
      'prepares.js',
      `import http from 'k6/http';
      import { sleep } from 'k6';
      export function setup() {
        for (let request = 0; request < 20; request += 1) {
          http.get(__ENV.BASE_URL + '/none', { tags: { dyno: 'preparation' } });
          sleep(0.1);
        }
      }
      export default function () { http.get(__ENV.BASE_URL); }`,
    ),
  );
  assert.equal(round.excluded, null, round.excluded?.detail);
  assert.deepEqual(Object.keys(counts.statuses), ['200']);
  assert.ok(counts.requests > 30, JSON.stringify(counts));
});

test('a script may take its time to end', async () => {
  const { round } = await measure(
    scriptLoad(
      'ends.js',
      `import http from 'k6/http';
      import { sleep } from 'k6';
      export default function () { http.get(__ENV.BASE_URL); }
      export function teardown() { sleep(3); }`,
    ),
  );
  assert.equal(round.excluded, null, round.excluded?.detail);
});

test('requests without a script are drawn by weight, and a 404 is a failure', async () => {
  const requests: LoadInput['requests'] = [
    { target: '/page', weight: 3 },
    { target: '/none', method: 'POST', body: '{}' },
  ];
  const { counts } = await measure({ requests, vus: 2 }, 2);
  assert.ok(counts.requests > 30);
  // Five standard errors, however many there were.
  const reach = 5 * Math.sqrt((0.25 * 0.75) / counts.requests);
  assert.ok(Math.abs(counts.failed / counts.requests - 0.25) < reach, JSON.stringify(counts));
});

test('a script that ends before the window does ends the run, with the way out', async () => {
  const ends = scriptLoad(
    'few.js',
    `import http from 'k6/http';
    export const options = { vus: 1, iterations: 20 };
    export default function () { http.get(__ENV.BASE_URL); }`,
  );
  await refused(measure(ends, 10), 2, /ended by itself before the window was over/);
});

test('a threshold that ends k6 ends the run with 99, and is named', async () => {
  const aborts = scriptLoad(
    'aborts.js',
    `import http from 'k6/http';
    export const options = {
      vus: 1, duration: '30s',
      thresholds: { http_req_failed: [{ threshold: 'rate<0.5', abortOnFail: true }] },
    };
    export default function () { http.get(__ENV.BASE_URL + '/none'); }`,
  );
  await refused(measure(aborts, 10), 99, /http_req_failed/);
});

test('a script that prints megabytes ends the run, as a service does', async () => {
  const chatty = scriptLoad(
    'chatty.js',
    `import http from 'k6/http';
    import { sleep } from 'k6';
    const line = 'x'.repeat(2 ** 20);
    export default function () { http.get(__ENV.BASE_URL); console.log(line); sleep(0.05); }`,
  );
  await refused(
    measure(chatty, 20),
    4,
    /^k6 wrote more than 64 MiB of log in one round.*round-001-one-k6\.log\. Its script prints or throws/,
  );
});

interface Measured {
  round: MeasuredRound;
  counts: SampleCounts;
}

async function measure(load: LoadInput, windowSeconds = 0.8): Promise<Measured> {
  const csvFile = join(folder, 'samples', '1.csv');
  const context = await contextOf(load, windowSeconds);
  const { baseline } = context.plan.experiment;
  const round = await measureRound(context, {
    round: 1,
    variant: baseline,
    csvFile,
    logFolder: join(folder, 'log'),
  });
  assert.ok(existsSync(csvFile));
  const counts = await convertSamples(csvFile, join(folder, 'samples/1.parquet'), round.window, {
    damaged: false,
  });
  return { round, counts };
}

type LoadInput = z.input<typeof experimentSchema>['load'];

function scriptLoad(name: string, text: string): { scenario: string; vus: number } {
  const scenario = join(folder, name);
  writeFileSync(scenario, text);
  return { scenario, vus: 3 };
}

async function contextOf(load: LoadInput, windowSeconds: number): Promise<RoundContext> {
  const service = `
    require('node:http').createServer((request, response) => {
      if (request.url.startsWith('/none')) response.statusCode = 404;
      response.end('{"items":[1]}');
    }).listen(Number(process.env.PORT), process.env.HOST);`;
  const experiment = experimentSchema.parse({
    name: 'scripts',
    title: 'scripts',
    service: { name: 'tiny', command: ['node', '-e', service] },
    load,
    baseline: { name: 'one' },
    candidates: [{ name: 'two' }],
    plans: {
      quick: {
        blocks: { min: 2, max: 2 },
        warmupSeconds: 0.3,
        windowSeconds,
        tracePassSeconds: 0,
        profilePassSeconds: 0,
      },
    },
  });
  const decided = { runId: 'test', createdAt: '2026-01-01T00:00:00.000Z', seed: 1, hashes: {} };
  return bench.contextOf(makePlan({ file: 'scripts.ts', experiment }, {}, decided), {
    signal: AbortSignal.timeout(60_000),
  });
}

async function refused(work: Promise<unknown>, exitCode: number, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof DynoError, String(error));
    assert.equal(error.exitCode, exitCode);
    assert.match(error.message, message);
    return true;
  });
}
