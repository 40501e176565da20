import assert from 'node:assert/strict';
import { test } from 'node:test';
import { experimentSchema } from '@dyno/contracts/experiment';
import type { MetricName } from '@dyno/contracts/metrics';
import { type Judged, judge, mayEnd } from './judge.ts';
import type { BlockRows, RoundRow } from './pairs.ts';
import { sequentialP } from './sequential.ts';
import { overallVerdict } from './verdict.ts';

const range = { min: 4, max: 20 };

/** Log ratios of each metric, block after block. */
type Logs = Partial<Record<MetricName, readonly number[]>>;

/** Values around `middle` that scatter by about `spread`, without chance. */
function around(middle: number, spread: number, blocks: number): number[] {
  const pattern = [-1, 0.6, 1, -0.7, 0.3, -0.4, 1.1, -0.9];
  return Array.from({ length: blocks }, (_, index) => middle + spread * (pattern[index % 8] ?? 0));
}

test('an improvement of the primary metric beside a p99 that is clearly worse and not gated is mixed', () => {
  const { overall, metric } = judged({
    'latency.mean': around(-0.2, 0.02, 8),
    'latency.p99': around(0.5, 0.05, 8),
  });
  assert.equal(metric('latency.p99').verdict, 'regressed');
  assert.equal(metric('latency.p99').gated, false);
  assert.equal(overall, 'mixed');
});

test('a p99 that looks worse but is not certain: not improved, and the run goes on', () => {
  const logs = { 'latency.mean': around(-0.2, 0.02, 5), 'latency.p99': around(0.3, 0.3, 5) };
  const { overall, metric } = judged(logs);
  assert.equal(metric('latency.mean').verdict, 'improved');
  assert.equal(metric('latency.p99').verdict, 'inconclusive');
  assert.equal(metric('latency.p99').leaning, true);
  assert.equal(overall, 'inconclusive');
  assert.equal(mayEnd(plan, blocksOf(logs)), false);
  assert.equal(mayEnd(plan, blocksOf({ 'latency.mean': around(-0.2, 0.02, 5) })), true);
});

test('a run that has regressed does not wait for a p99 that looks worse, too', () => {
  const logs = { 'latency.mean': around(0.2, 0.02, 5), 'latency.p99': around(0.3, 0.3, 5) };
  assert.equal(judged(logs).metric('latency.p99').leaning, true);
  assert.equal(mayEnd(plan, blocksOf(logs)), true);
});

test('a metric whose interval alone excludes 0 is not called changed when Holm takes it back', () => {
  const { metric } = judged({
    'latency.mean': around(-0.2, 0.02, 8),
    'latency.p95': around(-0.055, 0.03, 8),
    'cpu.perRequest': around(0, 0.02, 8),
  });
  const p95 = metric('latency.p95');
  assert.ok(p95.interval && p95.interval.high < 0, 'the interval alone');
  assert.ok(p95.p !== null && p95.p <= 0.05 && p95.adjustedP !== null && p95.adjustedP > p95.p);
  // The same alone is one, because nothing shares its 5 % with it.
  const alone = judged({ 'latency.mean': around(-0.2, 0.02, 8), 'latency.p95': around(-0.055, 0.03, 8) });
  assert.ok((alone.metric('latency.p95').adjustedP ?? 1) < (p95.adjustedP ?? 0));
});

test('before the primary metric has changed the others get a tenth of the false alarms', () => {
  const p95 = around(0.06, 0.03, 8);
  const changed = judged({ 'latency.mean': around(0.2, 0.02, 8), 'latency.p95': p95 });
  const same = judged({ 'latency.mean': around(0, 0.02, 8), 'latency.p95': p95 });
  const ratio = (same.metric('latency.p95').adjustedP ?? 0) / (changed.metric('latency.p95').adjustedP ?? 1);
  assert.ok(Math.abs(ratio - 10) < 1e-9, `${ratio}`);
  assert.equal(changed.metric('latency.p95').verdict, 'regressed');
  assert.equal(same.metric('latency.p95').verdict, 'inconclusive');
});

test('a catastrophe shows although the primary metric is the same', () => {
  const { overall } = judged({
    'latency.mean': around(0, 0.005, 8),
    'cpu.perRequest': around(0.7, 0.03, 8),
  });
  assert.equal(overall, 'regressed');
});

test('errors that rise in every round regress; a burst in one round does not', () => {
  const mean = { 'latency.mean': around(-0.2, 0.02, 8) };
  const steadily = judged(mean, (block) => ({ baseline: 0, candidate: 4 + (block % 3) }));
  assert.equal(steadily.metric('errors.rate').verdict, 'regressed');
  assert.equal(steadily.overall, 'mixed');
  const burst = judged(mean, (block) => ({ baseline: 0, candidate: block === 3 ? 40 : 0 }));
  assert.equal(burst.metric('errors.rate').verdict, 'inconclusive');
  // A baseline that never fails does not make the candidate's bursts less of bursts.
  const bursts = judged(mean, (block) => ({ baseline: 0, candidate: block % 2 === 0 ? 40 : 0 }));
  assert.equal(bursts.metric('errors.rate').verdict, 'inconclusive');
  assert.equal(bursts.overall, 'inconclusive', 'nor is it called better beside them');
});

test('where the primary metric was not measured the others decide among themselves', () => {
  const { overall } = judged({ 'latency.p95': around(-0.3, 0.02, 8) });
  assert.equal(overall, 'improved');
});

test('a sequential p is 5 % exactly where a look crosses its alpha, and falls with p', () => {
  // c = 0.01369 for looks from 4 to 20.
  for (const n of [4, 9, 20]) {
    assert.ok(Math.abs(sequentialP([{ n, p: (0.01369 * n) / 20 }], range) - 0.05) < 1e-12);
  }
  const ps = [1, 0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-9].map((p) => sequentialP([{ n: 20, p }], range));
  assert.deepEqual(
    ps,
    ps.toSorted((a, b) => b - a),
  );
  assert.ok(ps.every((p, index) => p >= ([1, 0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-9][index] ?? 0) * 0.9));
  // The smallest look counts, whichever it was.
  const early = { n: 4, p: 0.0001 };
  assert.equal(sequentialP([early, { n: 5, p: 0.9 }], range), sequentialP([early], range));
});

function judged(
  logs: Logs,
  failed: (block: number) => { baseline: number; candidate: number } = () => ({ baseline: 0, candidate: 0 }),
) {
  const metrics = judge(plan, blocksOf(logs, failed));
  return {
    overall: overallVerdict(metrics, plan.experiment.primary),
    metric: (name: MetricName): Judged =>
      metrics.find((one) => one.name === name) ?? assert.fail(`no ${name}`),
  };
}

const plan = {
  mode: 'isolated' as const,
  experiment: experimentSchema.parse({
    name: 'made-up',
    title: 'made up',
    service: { name: 'api', command: ['node'] },
    load: { scenario: 'load.ts', vus: 1 },
    baseline: { name: 'baseline' },
    candidates: [{ name: 'candidate' }],
    plans: {
      quick: {
        blocks: range,
        warmupSeconds: 1,
        windowSeconds: 1,
        tracePassSeconds: 0,
        profilePassSeconds: 0,
      },
    },
  }),
  plan: {
    blocks: range,
    warmupSeconds: 1,
    windowSeconds: 1,
    tracePassSeconds: 0,
    profilePassSeconds: 0,
    mode: 'isolated' as const,
  },
};

function blocksOf(
  logs: Logs,
  failed: (block: number) => { baseline: number; candidate: number } = () => ({ baseline: 0, candidate: 0 }),
): BlockRows[] {
  const blocks = Math.max(...Object.values(logs).map((values) => values.length));
  return Array.from({ length: blocks }, (_, index) => {
    const values = Object.entries(logs).map(([name, ofMetric]) => [name, Math.exp(ofMetric[index] ?? 0)]);
    const row = (variant: 'baseline' | 'candidate', of: Record<string, number>): RoundRow => ({
      round: 2 * index + (variant === 'baseline' ? 1 : 2),
      block: index + 1,
      variant,
      values: of,
      successful: {},
      unsteadySeconds: null,
      requests: 1000,
      failed: failed(index + 1)[variant],
      cpuMsPerRequestByProcess: {},
    });
    return {
      block: index + 1,
      baseline: row('baseline', Object.fromEntries(Object.keys(logs).map((name) => [name, 1]))),
      candidate: row('candidate', Object.fromEntries(values)),
    };
  });
}
