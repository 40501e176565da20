import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type ExperimentInput, experimentSchema, type Variant } from '@dyno/contracts/experiment';
import { makePlan } from '../experiment/plan.ts';
import { convertSamples } from '../samples/parquet.ts';
import { portIsFree } from './fixtures/ports.ts';
import { openRoundBench, type RoundBench } from './fixtures/roundBench.ts';
import { fly } from './pilot.ts';
import { type MeasuredRound, measureTogether, type RoundContext } from './round.ts';

/** Both variants alive at once, with real k6 and two small services. */
let folder: string;
let bench: RoundBench;

beforeEach(async () => {
  bench = await openRoundBench('fine');
  folder = bench.folder;
});

afterEach(() => bench.close());

test('each request is drawn between both variants, as many for one as for the other', async () => {
  const context = await contextOf({ scenario: 'k6/scenarios/products.ts', assigns: true });
  const [one, two] = await measureBoth(context);
  assert.equal(one.excluded, null);
  assert.deepEqual(one.window, two.window);
  assert.deepEqual(
    [one.source, two.source].map(({ variant }) => variant),
    ['one', 'two'],
  );
  const { startMs, endMs } = one.window;
  const drawn = drawnIn(one.source.csvFile);
  const ofEach = (isMeant: (one: Drawn) => boolean) =>
    ['one', 'two'].map((name) => drawn.filter((one) => one.variant === name && isMeant(one)).length);
  // From the first one on, and without the last half second: k6 may have been stopped before their answers came.
  const [ofOne = 0, ofTwo = 0] = ofEach(({ beganMs }) => beganMs < endMs - 500);
  // Only the last pair is cut apart.
  assert.ok(Math.abs(ofOne - ofTwo) <= 2, `${ofOne} and ${ofTwo} requests`);
  const counts = [await countsOf(one), await countsOf(two)];
  assert.deepEqual(
    counts.map(({ requests }) => requests),
    ofEach(({ answeredMs }) => answeredMs >= startMs && answeredMs < endMs),
  );
  assert.ok(
    counts.every(({ requests, failed }) => requests >= 50 && failed === 0),
    JSON.stringify(counts),
  );
  const pairs = Array.from({ length: Math.floor(drawn.length / 2) }, (_, pair) =>
    drawn.slice(pair * 2, pair * 2 + 2).map(({ variant }) => variant),
  );
  assert.equal(
    new Set(pairs.map((pair) => pair.join(' '))).size >= 2,
    true,
    'the order within pairs changes',
  );
  for (const { usage, shared, resources } of [one, two]) {
    const sampled = new Set(resources.map(({ process }) => process));
    assert.deepEqual([...sampled].sort(), ['k6', 'lab', 'redis', 'service']);
    assert.deepEqual(
      usage.map(({ process }) => process),
      ['service', 'k6', 'lab'],
    );
    const service = usage.find(({ process }) => process === 'service');
    assert.ok(service && service.cpuSeconds > 0);
    assert.deepEqual(
      shared.map(({ process }) => process),
      ['redis'],
    );
  }
  assert.notEqual(one.usage[0]?.cpuSeconds, two.usage[0]?.cpuSeconds, 'of its own processes each');
  assert.ok(one.sentinel && one.sentinel.cpuMs > 0 && one.sentinel.noopMs > 0);
  assert.equal(await portIsFree(context.port), true);
  assert.equal(await portIsFree(context.secondPort), true);
});

test('a script that knows of one address gets a k6 for each variant, with half the load', async () => {
  const context = await contextOf({ scenario: 'k6/scenarios/products.ts', assigns: false });
  const [one, two] = await measureBoth(context);
  assert.equal(one.excluded, null);
  assert.notEqual(one.source.csvFile, two.source.csvFile);
  assert.equal(one.source.variant, undefined);
  const [ofOne, ofTwo] = [await countsOf(one), await countsOf(two)];
  const whole = ofOne.requests + ofTwo.requests;
  assert.ok(ofOne.requests > whole * 0.3 && ofTwo.requests > whole * 0.3, `${ofOne.requests} of ${whole}`);
  // 100/s for 1.5 s: its own options make it from RATE, which must not be divided as well.
  assert.ok(whole > 100, `${whole} requests`);
});

test('one variant that dies takes the round of the other with it', async () => {
  const context = await contextOf({ requests: [{ target: '/products' }] });
  const [one, two] = await measureBoth(context, { FAULT: 'exit', FAULT_AFTER: '20' });
  for (const round of [one, two]) {
    assert.equal(round.excluded?.cause, 'service-died');
    assert.match(round.excluded?.detail ?? '', /\(two\) ended with code 3.*the last words of the service/s);
  }
  assert.equal(await portIsFree(context.port), true);
});

test('a variant whose port is taken starts nothing that stays', async (t) => {
  const context = await contextOf({ requests: [{ target: '/products' }] });
  const server = createServer().listen(context.secondPort, '127.0.0.1');
  t.after(() => server.close());
  await assert.rejects(measureBoth(context), /is taken by process.*DYNO_PORT__SERVICE_CANDIDATE in \.env/s);
  assert.equal(await portIsFree(context.port), true);
});

test('the pilot sees how far apart the variants are', async () => {
  const context = await contextOf({ requests: [{ target: '/products' }] });
  const { baseline, candidates } = context.plan.experiment;
  const [candidate = baseline] = candidates;
  const slow: Variant = { ...candidate, env: { FAULT: 'slow' } };
  const result = await fly(context, [baseline, slow], folder);
  assert.equal(result.kind, 'seen');
  assert.ok(result.kind === 'seen' && (result.pilot.latencyRatio ?? 0) > 2, JSON.stringify(result));
});

async function measureBoth(
  context: RoundContext,
  env: Record<string, string> = {},
): Promise<[MeasuredRound, MeasuredRound]> {
  const { baseline, candidates } = context.plan.experiment;
  const [candidate = baseline] = candidates;
  const spec = (round: number, variant: Variant) => ({
    round,
    variant,
    csvFile: join(folder, 'samples', `${round}.csv`),
    logFolder: join(folder, 'log'),
  });
  const [one, two] = await measureTogether(context, [
    spec(1, baseline),
    spec(2, { ...candidate, env: { ...candidate.env, ...env } }),
  ]);
  return one && two ? [one, two] : assert.fail('two rounds come back');
}

function countsOf({ source, window }: MeasuredRound) {
  const { csvFile, variant } = source;
  return convertSamples(csvFile, join(folder, 'samples/1.parquet'), window, {
    damaged: false,
    ...(variant === undefined ? {} : { variant }),
  });
}

interface Drawn {
  variant: string;
  beganMs: number;
  answeredMs: number;
}

/** In the order in which their answers came. */
function drawnIn(csvFile: string): Drawn[] {
  return readFileSync(csvFile, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('http_req_duration,'))
    .flatMap((line) => {
      const variant = /variant=(\w+)/.exec(line)?.[1];
      const [, microseconds, durationMs] = line.split(',', 3);
      const answeredMs = Number(microseconds) / 1000;
      return variant ? [{ variant, beganMs: answeredMs - Number(durationMs), answeredMs }] : [];
    });
}

async function contextOf(load: Partial<ExperimentInput['load']>): Promise<RoundContext> {
  const plan = {
    blocks: { min: 2, max: 2 },
    warmupSeconds: 0.3,
    windowSeconds: 1.5,
    tracePassSeconds: 0,
    profilePassSeconds: 0,
  };
  const experiment = experimentSchema.parse({
    name: 'tiny',
    title: 'tiny',
    service: {
      name: 'tiny-shop',
      command: ['node', 'services/lab/src/run/fixtures/tinyShop.ts'],
      readyPath: '/readyz',
    },
    load: { vus: 20, ratePerSecond: 100, ...load },
    baseline: { name: 'one' },
    candidates: [{ name: 'two', env: { FAULT: '' } }],
    plans: { quick: plan },
  });
  const decided = { runId: 'test', createdAt: '2026-01-01T00:00:00.000Z', seed: 7, hashes: {} };
  const fine = makePlan({ file: 'experiments/tiny.ts', experiment }, { mode: 'fine' }, decided);
  return bench.contextOf(fine, { partPids: { redis: async () => [process.pid] } });
}
