import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { experimentSchema } from '@dyno/contracts/experiment';
import { options } from '../../../../tests/browser/chromium.ts';
import { DynoError } from '../errors.ts';
import { makePlan } from '../experiment/plan.ts';
import { convertSamples } from '../samples/parquet.ts';
import { openRoundBench, type RoundBench } from './fixtures/roundBench.ts';
import { removeSamples } from './k6.ts';
import { type MeasuredRound, measureRound } from './round.ts';

let bench: RoundBench;
let csvFile: string;

beforeEach(async () => {
  bench = await openRoundBench('browser');
  csvFile = join(bench.folder, 'samples', '1.csv');
});

afterEach(async () => {
  await removeSamples(csvFile);
  await bench.close();
});

test(
  'pages that Chromium loads give web vitals, requests and failed checks; its CPU is the load',
  options,
  async () => {
    const round = await measure();
    assert.equal(round.excluded, null, round.excluded?.detail);
    const counts = await convertSamples(csvFile, join(bench.folder, 'samples/1.parquet'), round.window, {
      damaged: false,
    });
    assert.deepEqual(Object.keys(counts.statuses), ['200']);
    // Every other page is not what it should be.
    assert.ok(counts.failed > 0 && counts.failed < counts.requests, JSON.stringify(counts));
    const { vitals = [] } = counts;
    for (const metric of ['browser.ttfb', 'browser.lcp'] as const) {
      const values = vitals.filter((one) => one.metric === metric).map(({ valueMs }) => valueMs);
      assert.ok(values.length > 0 && values.every((ms) => ms > 0), `${metric}: ${values}`);
    }
    const used = (name: string) => round.usage.find(({ process }) => process === name)?.rssBytesMax ?? 0;
    assert.ok(used('k6') > 2 * used('service'), 'Chromium is a part of the generator');
  },
);

test('without a Chromium the run ends with what to do about it', async () => {
  const before = process.env.DYNO_CHROMIUM;
  process.env.DYNO_CHROMIUM = join(bench.folder, 'none');
  try {
    await assert.rejects(measure(), (error) => {
      assert.ok(error instanceof DynoError, String(error));
      assert.equal(error.exitCode, 2);
      assert.match(error.message, /^DYNO_CHROMIUM is .*none, .*: name Chromium or Google Chrome/);
      return true;
    });
  } finally {
    if (before === undefined) delete process.env.DYNO_CHROMIUM;
    else process.env.DYNO_CHROMIUM = before;
  }
});

async function measure(): Promise<MeasuredRound> {
  const scenario = join(bench.folder, 'pages.js');
  writeFileSync(
    scenario,
    `import { check } from 'k6';
    import { browser } from 'k6/browser';
    export const options = {
      scenarios: { pages: {
        executor: 'constant-vus', vus: 1, duration: '240s', options: { browser: { type: 'chromium' } },
      } },
    };
    export default async function () {
      for (let view = 0; ; view += 1) {
        const context = await browser.newContext();
        const page = await context.newPage();
        await page.goto(__ENV.BASE_URL + (view % 2 === 0 ? '/good' : '/bad'));
        const title = await page.locator('h1').textContent();
        check(title, { 'is good': (text) => text === 'good' });
        await page.close();
        await context.close();
      }
    }`,
  );
  const service = `
    require('node:http').createServer((request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><link rel="icon" href="data:,"><h1>' + request.url.slice(1) + '</h1>');
    }).listen(Number(process.env.PORT), process.env.HOST);`;
  const experiment = experimentSchema.parse({
    name: 'pages',
    title: 'pages',
    service: { name: 'tiny', command: ['node', '-e', service] },
    load: { scenario, vus: 1 },
    baseline: { name: 'one' },
    candidates: [{ name: 'two' }],
    plans: {
      quick: {
        blocks: { min: 2, max: 2 },
        warmupSeconds: 1,
        // Some pages of each kind also where a page takes seconds.
        windowSeconds: 10,
        tracePassSeconds: 0,
        profilePassSeconds: 0,
        mode: 'isolated',
      },
    },
  });
  const decided = { runId: 'test', createdAt: '2026-01-01T00:00:00.000Z', seed: 1, hashes: {} };
  const plan = makePlan({ file: 'pages.ts', experiment }, {}, decided);
  return measureRound(await bench.contextOf(plan, { signal: AbortSignal.timeout(300_000) }), {
    round: 1,
    variant: plan.experiment.baseline,
    csvFile,
    logFolder: join(bench.folder, 'log'),
  });
}
