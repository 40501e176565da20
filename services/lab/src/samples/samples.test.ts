import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type Round,
  roundSchema,
  sampleColumns,
  schemaVersion,
  timelineFileSchema,
} from '@dyno/contracts/run';
import { duckdb, quoted } from './duckdb.ts';
import { metricsOfRound } from './metrics.ts';
import { convertSamples, fileRef, type SampleCounts, vitalsFile } from './parquet.ts';
import { makeTimeline, Timeline } from './timeline.ts';

const header = 'metric_name,timestamp,metric_value,check,error_code,status,extra_tags,metadata';
const window = { startMs: 10_000, endMs: 12_000 };
let folder: string;
let csv: string;
let parquet: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-samples-'));
  mkdirSync(join(folder, 'samples'));
  csv = join(folder, 'samples/1.csv');
  parquet = join(folder, 'samples/1.parquet');
});

afterEach(() => rmSync(folder, { recursive: true }));

test('one row per request; failed checks belong to the request before them', async () => {
  write([
    ...request(9_000, 5, { vu: 1, iter: 0 }), // warm-up
    ...request(10_000, 10, { vu: 1, iter: 1 }), // first moment of the window
    ...request(10_500, 20, { vu: 2, iter: 0 }),
    check(10_501, 0, { vu: 2, iter: 0 }), // fails the request of user 2
    ...request(10_600, 30, { vu: 1, iter: 2 }), // two requests in one iteration: the second one fails
    check(10_601, 1, { vu: 1, iter: 2 }),
    ...request(10_700, 31, { vu: 1, iter: 2 }),
    check(10_701, 1, { vu: 1, iter: 2 }),
    check(10_701, 0, { vu: 1, iter: 2 }),
    ...request(11_000, 40, { vu: 3, iter: 0, status: 503, error: '1503' }),
    ...request(11_100, 50, { vu: 3, iter: 1, status: 0, error: '1212' }),
    ...request(12_000, 60, { vu: 1, iter: 3 }), // behind the window
    'dropped_iterations,11500000,3.000000,,,,,',
    'dropped_iterations,9500000,4.000000,,,,,',
  ]);
  const counts = await convertSamples(csv, parquet, window, { damaged: false });
  assert.deepEqual(counts, {
    requests: 6,
    failed: 4,
    droppedIterations: 3,
    statuses: { 0: 1, 200: 4, 503: 1 },
  });
  assert.deepEqual(await rows(), [
    [9_000, 5, 200, true, false],
    [10_000, 10, 200, true, true],
    [10_500, 20, 200, false, true],
    [10_600, 30, 200, true, true],
    [10_700, 31, 200, false, true],
    [11_000, 40, 503, false, true],
    [11_100, 50, 0, false, true],
  ]);
});

test('pages of a browser are requests, with their checks, and tell their web vitals', async () => {
  const vital = (name: string, timeMs: number, ms: number, tags = '') =>
    `browser_web_vital_${name},${timeMs * 1000},${ms.toFixed(6)},,,,${tags},`;
  const page = (timeMs: number, ms: number) =>
    `browser_http_req_duration,${timeMs * 1000},${ms.toFixed(6)},,,200,,`;
  write([
    page(9_000, 90),
    vital('lcp', 9_500, 900),
    page(10_100, 100),
    vital('ttfb', 10_190, 55, 'dyno=preparation'),
    vital('ttfb', 10_200, 80),
    vital('lcp', 10_200, 300),
    vital('cls', 10_200, 1),
    ...request(10_250, 7, { vu: 2, iter: 0 }),
    page(10_300, 110),
    check(10_310, 0, { vu: 1, iter: 1 }),
    check(10_320, 0, { vu: 2, iter: 0 }), // about the request of user 2, not about a page
    vital('ttfb', 10_400, 90),
    vital('lcp', 10_400, 500),
    vital('lcp', 12_100, 700), // behind the window
  ]);
  const counts = await convertSamples(csv, parquet, window, { damaged: false });
  assert.deepEqual(await rows(), [
    [9_000, 90, 200, true, false],
    [10_100, 100, 200, true, true],
    [10_250, 7, 200, false, true],
    [10_300, 110, 200, false, true],
  ]);
  assert.deepEqual(counts.vitals, [
    { timeMs: 9_500, metric: 'browser.lcp', valueMs: 900 },
    { timeMs: 10_200, metric: 'browser.ttfb', valueMs: 80 },
    { timeMs: 10_200, metric: 'browser.lcp', valueMs: 300 },
    { timeMs: 10_400, metric: 'browser.ttfb', valueMs: 90 },
    { timeMs: 10_400, metric: 'browser.lcp', valueMs: 500 },
  ]);
  const file = vitalsFile(parquet);
  writeFileSync(join(folder, file), counts.vitals.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const round = { ...(await roundOf(counts)), vitals: await fileRef(folder, file) };
  const { values } = await metricsOfRound(folder, round);
  // Of two values Harrell and Davis weigh the upper one by 1 - I(1/2; 9/4, 3/4).
  const [ttfb = 0, lcp = 0] = [values['browser.ttfb'], values['browser.lcp']].map((one) => one ?? 0);
  assert.ok(ttfb > 85 && ttfb < 90, String(ttfb));
  assert.ok(lcp > 400 && lcp < 500, String(lcp));
  assert.ok(!('browser.lcp' in (await metricsOfRound(folder, await roundOf(counts))).values));
});

test('of two variants in one file each has its own requests', async () => {
  const tagged = (variant: string, endMs: number, iter: number) =>
    request(endMs, 10, { vu: 1, iter, tags: `other=x&variant=${variant}` });
  write([
    ...tagged('one', 10_100, 0),
    ...tagged('two', 10_200, 1),
    check(10_201, 0, { vu: 1, iter: 1 }),
    ...tagged('one-more', 10_300, 2),
    ...request(10_400, 10, { vu: 1, iter: 3 }),
    'dropped_iterations,10500000,3.000000,,,,,',
  ]);
  const countsOf = (variant: string) => convertSamples(csv, parquet, window, { damaged: false, variant });
  // A dropped iteration would have been anybody's.
  const counts = { requests: 1, failed: 0, droppedIterations: 3, statuses: { 200: 1 } };
  assert.deepEqual(await countsOf('one'), counts);
  assert.deepEqual(await countsOf('two'), { ...counts, failed: 1 });
  assert.deepEqual(await rows(), [[10_200, 10, 200, false, true]]);
});

test('requests that only prepare the load are no samples', async () => {
  write([
    ...request(10_100, 90, { vu: 0, iter: 0, tags: 'dyno=preparation' }),
    ...request(10_200, 10, { vu: 1, iter: 0, tags: 'dyno=preparations' }),
  ]);
  assert.equal((await convertSamples(csv, parquet, window, { damaged: false })).requests, 1);
  assert.deepEqual(await rows(), [[10_200, 10, 200, true, true]]);
});

test('a torn file gives what can be read of it, a missing one nothing', async () => {
  write([...request(10_100, 10, { vu: 1, iter: 0 }), 'http_req_duration,1020'], '');
  assert.deepEqual(await convertSamples(csv, parquet, window, { damaged: true }), {
    requests: 1,
    failed: 0,
    droppedIterations: 0,
    statuses: { 200: 1 },
  });
  assert.deepEqual(await convertSamples(join(folder, 'none.csv'), parquet, window, { damaged: true }), {
    requests: 0,
    failed: 0,
    droppedIterations: 0,
    statuses: {},
  });
  assert.deepEqual(await rows(), []);
});

test('a round has one value per metric', async () => {
  const latencies = Array.from({ length: 100 }, (_, index) => index + 1);
  write(latencies.flatMap((ms) => request(10_000 + ms * 10, ms, { vu: 1, iter: ms })));
  const round = await roundOf(await convertSamples(csv, parquet, window, { damaged: false }));
  const { values, cpuMsPerRequestByProcess } = await metricsOfRound(folder, round);
  assert.equal(values['latency.mean'], 50.5);
  // Harrell-Davis is symmetric: the median of 1 to 100 lies in the middle.
  assert.ok(Math.abs((values['latency.p50'] ?? 0) - 50.5) < 1e-9);
  assert.ok((values['latency.p99'] ?? 0) > (values['latency.p95'] ?? 0));
  assert.equal(values.throughput, 50);
  assert.equal(values['errors.rate'], 0);
  assert.deepEqual(cpuMsPerRequestByProcess, { service: 2, mysql: 5 });
  assert.equal(values['cpu.perRequest'], 7);
  // 0.7 s of two cores in two seconds: k6, the lab and whatever else runs are not the variant's.
  assert.equal(values['cpu.utilization'], 0.175);
});

test('the timeline has a point for every second and a percentile curve', async () => {
  write([
    ...request(9_500, 5, { vu: 1, iter: 0 }),
    ...request(10_100, 10, { vu: 1, iter: 1 }),
    ...request(10_200, 30, { vu: 1, iter: 2, status: 500, error: '1500' }),
    ...request(11_900, 50, { vu: 1, iter: 3 }),
  ]);
  const round = await roundOf(await convertSamples(csv, parquet, window, { damaged: false }));
  const timeline = timelineFileSchema.parse(await makeTimeline(folder, [round]));
  assert.deepEqual(
    timeline.latency.map(({ second, requests, failed, meanMs }) => [second, requests, failed, meanMs]),
    [
      [-1, 1, 0, 5],
      [0, 2, 1, 20],
      [1, 1, 0, 50],
    ],
  );
  assert.deepEqual(timeline.cpu, [
    { round: 1, block: 1, variant: 'one', second: 0, process: 'service', cores: 0.5, rssBytes: 1 },
  ]);
  const curve = timeline.percentiles.map(({ ms }) => ms);
  assert.equal(curve[0], 10);
  assert.equal(curve.at(-1), 50);
  assert.deepEqual(
    curve,
    curve.toSorted((a, b) => a - b),
  );
  assert.equal(timeline.percentiles[0]?.low, null, 'one round has no spread');
  assert.deepEqual(
    timeline.distribution.map(({ fromMs, toMs, requests }) => [
      fromMs.toPrecision(3),
      toMs.toPrecision(3),
      requests,
    ]),
    [
      ['10.0', '10.6', 1],
      ['29.9', '31.6', 1],
      ['47.3', '50.1', 1],
    ],
  );
});

test('the band of the percentile curve is of rounds, around the curve of all requests', async () => {
  const rounds = [];
  for (const [index, ms] of [10, 20, 40].entries()) {
    write([request(10_100, ms, { vu: 1, iter: 0 }), request(10_200, ms, { vu: 1, iter: 1 })].flat());
    const counts = await convertSamples(csv, join(folder, `samples/${index + 1}.parquet`), window, {
      damaged: false,
    });
    const round = await roundOf(counts);
    rounds.push({
      ...round,
      round: index + 1,
      samples: { ...round.samples, file: `samples/${index + 1}.parquet` },
    });
  }
  const { percentiles } = timelineFileSchema.parse(await makeTimeline(folder, rounds));
  const median = percentiles.find(({ quantile }) => quantile === 0.5);
  assert.equal(median?.ms, 20);
  // Logs of 10, 20 and 40 have the standard deviation ln 2; t with 2 degrees of freedom at 97.5 % is 4.3027.
  const factor = Math.exp((4.302_653 * Math.LN2) / Math.sqrt(3));
  assert.ok(Math.abs((median?.high ?? 0) / (20 * factor) - 1) < 1e-5, String(median?.high));
  assert.ok(Math.abs((median?.low ?? 0) / (20 / factor) - 1) < 1e-5, String(median?.low));
});

test('a timeline that grew round by round is the one made in one go, also after a round was taken back', async () => {
  const rounds = [];
  for (let index = 1; index <= 6; index += 1) {
    const file = `samples/${index}.parquet`;
    const requests = Array.from({ length: 40 }, (_, i) =>
      request(10_000 + i * 40, 5 + ((i * 7 * index) % 31) / 3, { vu: 1, iter: i }),
    );
    write(requests.flat());
    const counts = await convertSamples(csv, join(folder, file), window, { damaged: false });
    const round = await roundOf(counts);
    const variant = index % 2 === 0 ? 'two' : 'one';
    rounds.push({ ...round, round: index, variant, samples: { ...round.samples, file } });
  }
  const growing = new Timeline(folder);
  for (const count of [2, 4, 6])
    assert.deepEqual(
      await growing.of(rounds.slice(0, count)),
      await makeTimeline(folder, rounds.slice(0, count)),
    );
  rmSync(parquet);
  assert.equal((await growing.of(rounds)).latency.length, 12, 'what was read once is not read again');
  const without = rounds.filter(({ round }) => round > 2);
  assert.deepEqual(await growing.of(without), await makeTimeline(folder, without));
});

function write(lines: string[], end = '\n'): void {
  writeFileSync(csv, [header, ...lines].join('\n') + end);
}

interface Where {
  vu: number;
  iter: number;
  status?: number;
  error?: string;
  tags?: string;
}

/** As k6 writes it, several rows for a request; the order of vu and iter in the last column changes. */
function request(
  endMs: number,
  ms: number,
  { vu, iter, status = 200, error = '', tags = '' }: Where,
): string[] {
  const time = endMs * 1000;
  return [
    `http_reqs,${time},1.000000,,${error},${status},${tags},vu=${vu}&iter=${iter}`,
    `http_req_duration,${time},${ms.toFixed(6)},,${error},${status},${tags},iter=${iter}&vu=${vu}`,
    `http_req_failed,${time},${status === 200 ? 0 : 1}.000000,,${error},${status},${tags},vu=${vu}&iter=${iter}`,
  ];
}

function check(timeMs: number, passed: 0 | 1, { vu, iter }: Where): string {
  return `checks,${timeMs * 1000},${passed}.000000,"shape, of the body",,,,vu=${vu}&iter=${iter}`;
}

async function rows(): Promise<unknown[]> {
  const db = await duckdb(folder);
  const result = await db.runAndReadAll(
    `select ${sampleColumns.join(', ')} from read_parquet(${quoted(parquet)})`,
  );
  return result.getRowsJS();
}

async function roundOf({ statuses, vitals: _, ...load }: SampleCounts): Promise<Round> {
  const sample = { timeMs: 11_000, process: 'service', cpuSeconds: 0.5, seconds: 1, rssBytes: 1 };
  writeFileSync(join(folder, 'samples/1.resources.ndjson'), `${JSON.stringify(sample)}\n`);
  return roundSchema.parse({
    schemaVersion,
    round: 1,
    block: 1,
    variant: 'one',
    attempt: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    readyMs: 1,
    window: { ...window, durationMs: 2000 },
    samples: await fileRef(folder, 'samples/1.parquet'),
    resources: await fileRef(folder, 'samples/1.resources.ndjson'),
    load: { ...load, exitCode: 0 },
    statuses,
    shared: [],
    sentinel: null,
    usage: [
      { process: 'service', cpuSeconds: 0.2, rssBytesMax: 1, contextSwitches: 1 },
      { process: 'mysql', cpuSeconds: 0.5, rssBytesMax: 1, contextSwitches: 1 },
      { process: 'k6', cpuSeconds: 9, rssBytesMax: 1, contextSwitches: 1 },
      { process: 'lab', cpuSeconds: 9, rssBytesMax: 1, contextSwitches: 1 },
    ],
    machine: { busyCpuSeconds: 2, stealCpuSeconds: 0, cores: 2 },
    excluded: null,
  });
}
