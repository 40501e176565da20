import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaVersion, type TimelineFile } from '@dyno/contracts/run';
import { logDomain, logTicks, ticksWithin } from './scale.ts';
import { distribution, failures, overTime, percentileCurve } from './series.ts';

const names = { baseline: 'naive', candidate: 'optimized' };

function timeline(seconds: number): TimelineFile {
  const rounds = [
    { round: 1, block: 1, variant: 'naive' },
    { round: 2, block: 1, variant: 'optimized' },
  ];
  return {
    schemaVersion,
    latency: rounds.flatMap((round) =>
      Array.from({ length: seconds }, (_, index) => ({
        ...round,
        second: index - 2,
        requests: 10,
        failed: 0,
        meanMs: 5,
        p5Ms: 3,
        p50Ms: 4,
        p95Ms: index === 3 ? 90 : 9,
      })),
    ),
    cpu: rounds.flatMap((round) =>
      ['k6', 'mysql', 'service'].map((process) => ({
        ...round,
        second: 0,
        process,
        cores: 0.5,
        rssBytes: 1e8,
      })),
    ),
    percentiles: [
      { variant: 'naive', quantile: 0.9, ms: 9 },
      { variant: 'optimized', quantile: 0.9, ms: 3 },
      { variant: 'naive', quantile: 0, ms: 1 },
      { variant: 'other', quantile: 0.5, ms: 1 },
      { variant: 'naive', quantile: 1, ms: 100 },
    ].map((point) => ({ ...point, low: null, high: null })),
    distribution: [],
  };
}

test('rounds lie behind each other on one axis, with an empty row that breaks the lines', () => {
  const data = overTime(timeline(10), [], names);
  assert.deepEqual(
    data?.bands.map((band) => [band.side, band.fromSeconds, band.windowSeconds, band.toSeconds]),
    [
      ['baseline', 0, 2, 10],
      ['candidate', 12, 14, 22],
    ],
  );
  assert.equal(data?.rows.length, 22);
  assert.deepEqual(data?.rows[10], { x: 10.01 });
  assert.equal(data?.rows[0]?.candidateP50, undefined);
  assert.deepEqual(data?.processes, ['service', 'mysql', 'k6']);
});

test('a long run is drawn in at most about 600 buckets, and a spike survives', () => {
  const data = overTime(timeline(1500), [], names);
  assert.ok(data && data.rows.length <= 610);
  assert.equal(data.bucketSeconds, 5);
  assert.equal(Math.max(...data.rows.map((row) => row.baselineP95 ?? 0)), 90);
});

test('a part of a long run is drawn as fine as it was measured, up to its edges', () => {
  const data = overTime(timeline(1500), [], names, [100, 200]);
  assert.equal(data?.bucketSeconds, 1);
  assert.deepEqual([data.rows[0]?.x, data.rows.at(-1)?.x], [99.5, 200.5]);
  assert.equal(data.bands.length, 2);
});

test('nothing measured is no chart', () => {
  assert.equal(
    overTime({ schemaVersion, latency: [], cpu: [], percentiles: [], distribution: [] }, [], names),
    null,
  );
});

test('percentiles of both variants meet at their quantile; the maximum has no place on the axis', () => {
  assert.deepEqual(
    percentileCurve(timeline(3), [], names).map(({ quantile, baseline, candidate }) => [
      quantile,
      baseline,
      candidate,
    ]),
    [
      [0, 1, null],
      [0.9, 9, 3],
    ],
  );
});

test('a ratio is as uncertain as both curves together, and has no interval without theirs', () => {
  const percentiles = [
    { variant: 'naive', quantile: 0.5, ms: 10, low: 8, high: 12.5 },
    { variant: 'optimized', quantile: 0.5, ms: 5, low: 4, high: 6.25 },
    { variant: 'naive', quantile: 0.9, ms: 20, low: null, high: null },
    { variant: 'optimized', quantile: 0.9, ms: 5, low: 4, high: 6.25 },
  ];
  const [median, tail] = percentileCurve({ ...timeline(3), percentiles }, [], names);
  // Each reaches a factor of 1.25, both together 1.25 to the power of the root of 2.
  assert.equal(median?.ratio?.low?.toFixed(4), (0.5 / 1.25 ** Math.SQRT2).toFixed(4));
  assert.equal(median?.ratio?.high?.toFixed(4), (0.5 * 1.25 ** Math.SQRT2).toFixed(4));
  assert.deepEqual(tail?.ratio, { estimate: 0.25, low: null, high: null });
});

test('a curve ends where fewer than ten requests lie beyond', () => {
  const round = { ...timed(1, 0), load: { ...timed(1, 0).load, requests: 99 } };
  const drawn = percentileCurve(timeline(3), [round], names);
  assert.deepEqual(
    drawn.map(({ quantile, baseline, candidate }) => [quantile, baseline, candidate]),
    [
      [0, 1, null],
      [0.9, null, 3],
    ],
  );
});

test('bins are shares of a variant, with the empty ones between them', () => {
  const bin = (variant: string, place: number, requests: number) => ({
    variant,
    fromMs: 10 ** (place / 40),
    toMs: 10 ** ((place + 1) / 40),
    requests,
  });
  const bins = distribution(
    { ...timeline(1), distribution: [bin('naive', 42, 3), bin('naive', 40, 1), bin('optimized', 40, 7)] },
    names,
  );
  assert.deepEqual(
    bins.map(({ baseline, candidate }) => [baseline, candidate]),
    [
      [0.25, 1],
      [0, 0],
      [0.75, 0],
    ],
  );
  assert.equal(bins[1]?.fromMs.toFixed(6), (10 ** (41 / 40)).toFixed(6));
});

test('failures are those of the rounds that count', () => {
  const excluded = { cause: 'port' as const, detail: '' };
  assert.deepEqual(failures([timed(1, 0), { ...timed(1, 0), excluded }, timed(2, 0)], names), {
    baseline: { failed: 1, requests: 80 },
    candidate: { failed: 2, requests: 80 },
  });
});

test('logarithmic axes begin and end at 1, 2 or 5', () => {
  assert.deepEqual(logDomain([1.2, 480]), [1, 500]);
  assert.deepEqual(logDomain([]), [1, 10]);
  assert.deepEqual(logTicks(1, 50), [1, 2, 5, 10, 20, 50]);
  assert.deepEqual(ticksWithin(0.5, 900), [1, 10, 100]);
  assert.deepEqual(ticksWithin(441, 540), [450, 500]);
});

/** The part of a round's line that places it in time. */
function timed(round: number, startMs: number, durationMs = 8_000) {
  return {
    round,
    block: 1,
    variant: round === 1 ? 'naive' : 'optimized',
    window: { startMs, endMs: startMs + durationMs, durationMs },
    machine: { busyCpuSeconds: 1, stealCpuSeconds: 0, cores: 2 },
    load: { requests: 80, failed: round, droppedIterations: 3, exitCode: 0 },
    excluded: null,
  };
}

test('the torn second behind a window is not drawn', () => {
  const data = overTime(timeline(11), [timed(1, 0, 7_999.7)], names);
  assert.equal(data?.bands[0]?.toSeconds, 10);
});

test('a second in which nothing was answered has a rate of 0 and no latency', () => {
  const whole = timeline(1500);
  const latency = whole.latency.filter(({ second }) => second !== 3 && (second < 100 || second >= 105));
  const part = overTime({ ...whole, latency }, [], names, [0, 20]);
  const stalled = part?.rows.find(({ x }) => x === 5.5);
  assert.deepEqual([stalled?.baselineRate, stalled?.baselineP50], [0, undefined]);
  // 5 s a bucket: nothing for one whole bucket, four answered seconds in another.
  const rows = overTime({ ...whole, latency }, [], names)?.rows ?? [];
  const rateAt = (second: number) => rows.find(({ x }) => Math.abs(x - 2 - second) <= 2.5)?.baselineRate;
  assert.deepEqual([rateAt(3), rateAt(103), rateAt(203)], [8, 0, 10]);
});

test('an excluded round keeps its place in time, though no second of it is kept', () => {
  const excluded = { cause: 'steal' as const, detail: '31 % of the CPU was stolen' };
  const without = { ...timeline(10), latency: timeline(10).latency.filter(({ round }) => round === 1) };
  const data = overTime(without, [timed(1, 50_000), { ...timed(2, 62_000), excluded }], names);
  assert.deepEqual(
    data?.bands.map((band) => [band.side, band.windowSeconds, band.toSeconds, band.excluded, band.dropped]),
    [
      ['baseline', 2, 10, null, 3],
      ['candidate', 14, 22, '31 % of the CPU was stolen', 3],
    ],
  );
});

test('variants that were alive at once share their rows', () => {
  const data = overTime(timeline(10), [timed(1, 50_000), timed(2, 50_000)], names);
  assert.ok(data?.isOverlapping);
  assert.equal(data.rows.length, 11);
  assert.deepEqual([data.rows[0]?.baselineP50, data.rows[0]?.candidateP50], [4, 4]);
  const behind = overTime(timeline(10), [], names);
  assert.equal(behind?.isOverlapping, false);
  // What serves both is in the file of each, and must not be stacked twice.
  const cpuOf = (row: (typeof data.rows)[number] | undefined) =>
    ['service', 'mysql', 'k6'].map((process) => row?.[`baselineCpu:${process}`]);
  assert.deepEqual(cpuOf(data.rows[2]), [0.5, 0.25, 0.25]);
  assert.deepEqual(cpuOf(behind.rows[2]), [0.5, 0.5, 0.5]);
});
