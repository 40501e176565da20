import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricName } from '@dyno/contracts/metrics';
import { type MetricResult, type Report, reportSchema } from '@dyno/contracts/report';
import type { Round } from '@dyno/contracts/run';
import { type MadeUp, madeUpRun, seedLike } from '../report/fixtures/run.ts';
import { analyse, exitCodeOf, isCertain } from './analyse.ts';
import { parseThreshold } from './thresholds.ts';

const { baseline } = seedLike;
const same: MadeUp = { ...seedLike, candidate: baseline };
const goals = { thresholds: [] };

test('the seed: improved, exit 0, with the level of the early stop', () => {
  const report = reportOf(seedLike);
  assert.equal(report.verdict, 'improved');
  assert.equal(report.exitCode, 0);
  assert.equal(report.stopped, 'certain');
  assert.equal(report.blocks, 4);
  const mean = metric(report, 'latency.mean');
  // c = 0.0207 for looks from 4 to 8, used up by half.
  assert.equal(mean.ratio?.level, 1 - (0.0207 * 4) / 8);
  assert.ok(
    mean.ratio && mean.ratio.low < 8.9 / 363 && 8.9 / 363 < mean.ratio.high,
    'the true ratio is inside',
  );
  assert.ok(Math.abs(mean.ratio.estimate / (mean.candidate.estimate / mean.baseline.estimate) - 1) < 1e-9);
  assert.match(report.sentence, /^Improved: mean latency 3\d\d.ms → \d\S*.ms, ÷\S+ \(99.% interval/);
});

test('the same files give the same report', () => {
  assert.deepEqual(reportOf(seedLike), reportOf(seedLike));
});

test('the other way round it is regressed, exit 1', () => {
  const report = reportOf({
    ...seedLike,
    baseline: seedLike.candidate,
    candidate: baseline,
    experiment: goals,
  });
  assert.equal(report.verdict, 'regressed');
  assert.equal(report.exitCode, 1);
  assert.equal(metric(report, 'throughput').verdict, 'regressed', 'fewer requests a second are worse');
  assert.equal(metric(report, 'cpu.perRequest').verdict, 'regressed');
});

test('twice the same service with little noise is equivalent, exit 0', () => {
  const report = reportOf({ ...same, noise: 0.01, blocks: 8, experiment: goals });
  assert.equal(report.verdict, 'equivalent');
  assert.equal(report.exitCode, 0);
  assert.match(report.sentence, /inside the ±3.% margin/);
});

test('twice the same service with much noise is inconclusive, exit 3, and says what it would take', () => {
  const report = reportOf({ ...same, noise: 0.2, blocks: 8, experiment: goals });
  assert.equal(report.verdict, 'inconclusive');
  assert.equal(report.exitCode, 3);
  assert.equal(report.stopped, 'maximum');
  assert.match(
    report.sentence,
    /could have seen \d.*; 3.% needs about [\d,]+ blocks, more than a run may have \(20\)/,
  );
});

test('errors that rise make a faster candidate mixed, exit 1', () => {
  const report = reportOf({
    ...seedLike,
    candidate: { ...seedLike.candidate, failed: 20 },
    experiment: goals,
  });
  assert.equal(metric(report, 'errors.rate').verdict, 'regressed');
  assert.equal(metric(report, 'errors.rate').ratio, null);
  assert.equal(report.verdict, 'mixed');
  assert.equal(report.exitCode, 1);
  assert.match(
    report.sentence,
    /^Mixed: mean latency ÷\S+ .*, but error rate \+\S+.points\. Gate: failed\.$/,
  );
});

test('a gated tail that worsens makes a better mean mixed', () => {
  const gated: MetricName[] = ['latency.mean', 'latency.p99'];
  const candidate = { ...baseline, meanMs: 250, p99OverMean: 12 };
  const report = reportOf({ ...seedLike, blocks: 8, candidate, experiment: { gated, thresholds: [] } });
  assert.equal(report.verdict, 'mixed');
  assert.match(report.sentence, /mean latency −\d.*, but p99 latency ×/);
});

test('a threshold that the candidate misses fails the gate although it improved', () => {
  const report = reportOf({ ...seedLike, experiment: { thresholds: ['avg<5', 'p(95)<200'] } });
  assert.equal(report.verdict, 'improved');
  assert.equal(report.exitCode, 1);
  assert.deepEqual(
    report.thresholds.map(({ passed }) => passed),
    [false, true],
  );
  assert.match(report.sentence, /Gate failed: mean latency is \S+.ms, the goal is < 5.ms: not met\.$/);
});

test('exit codes', () => {
  const codes = (['improved', 'equivalent', 'inconclusive', 'regressed', 'mixed', 'invalid'] as const).map(
    (verdict) => [true, false].map((goalsMet) => exitCodeOf(verdict, { goalsMet, scriptCrossed: false })),
  );
  assert.deepEqual(codes, [
    [0, 1],
    [0, 1],
    [3, 1],
    [1, 1],
    [1, 1],
    [4, 4],
  ]);
});

const guardCases: { guard: string; spoil(round: Round): Round }[] = [
  {
    guard: 'load delivered',
    spoil: (round) => ({ ...round, load: { ...round.load, droppedIterations: 1 } }),
  },
  {
    guard: 'samples complete',
    spoil: (round) => ({ ...round, load: { ...round.load, requests: round.load.requests + 1 } }),
  },
  {
    guard: 'windows of equal length',
    spoil: (round) =>
      round.round === 3
        ? { ...round, window: { ...round.window, endMs: round.window.startMs + 9000, durationMs: 9000 } }
        : round,
  },
  {
    guard: 'clock steady',
    spoil: (round) =>
      round.round === 3
        ? { ...round, window: { ...round.window, endMs: round.window.endMs + 30_000 } }
        : round,
  },
];
for (const { guard, spoil } of guardCases) {
  test(`a failed guard makes the run invalid, exit 4: ${guard}`, () => {
    const report = reportOf({ ...seedLike, spoil });
    assert.deepEqual(
      report.guards.filter(({ status }) => status === 'fail').map(({ name }) => name),
      [guard],
    );
    assert.equal(report.verdict, 'invalid');
    assert.equal(report.exitCode, 4);
    assert.match(report.sentence, /^Invalid: /);
  });
}

test('a baseline in which one request in a hundred fails is invalid', () => {
  const report = reportOf({ ...seedLike, baseline: { ...baseline, failed: 5 } });
  assert.equal(report.verdict, 'invalid');
  assert.match(report.sentence, /20 of 1,\d+ requests failed in the baseline/);
});

test('a generator that takes half of the machine is a warning', () => {
  const report = reportOf({
    ...seedLike,
    spoil: (round) => ({
      ...round,
      usage: [{ process: 'k6', cpuSeconds: 12, rssBytesMax: 1, contextSwitches: 1 }],
    }),
  });
  assert.equal(report.guards.find(({ name }) => name === 'generator has room')?.status, 'warn');
  assert.equal(report.verdict, 'improved');
});

test('a machine on which something else runs is a warning', () => {
  const guardOf = (busyCpuSeconds: number) =>
    reportOf({
      ...seedLike,
      spoil: (round) => ({ ...round, machine: { ...round.machine, busyCpuSeconds } }),
    }).guards.find(({ name }) => name === 'machine to itself')?.status;
  assert.equal(guardOf(0), 'pass');
  assert.equal(guardOf(100), 'warn');
});

test('excluded rounds are listed and do not count', () => {
  const run = madeUpRun(seedLike);
  const rounds = run.rounds.map((round) =>
    round.round === 8
      ? { ...round, excluded: { cause: 'generator-died' as const, detail: 'k6 ended with code 107' } }
      : round,
  );
  const report = reportSchema.parse(analyse({ ...run, rounds }));
  assert.equal(report.blocks, 3);
  assert.equal(report.stopped, 'interrupted');
  assert.deepEqual(report.exclusions, [
    { round: 8, block: 4, variant: 'naive', cause: 'generator-died', detail: 'k6 ended with code 107' },
  ]);
});

test('a repeated round replaces the one before it', () => {
  const run = madeUpRun(seedLike);
  const [first] = run.metrics.rounds;
  assert.ok(first);
  const repeated = { ...first, round: 9, values: { ...first.values, 'latency.mean': 370 } };
  const metrics = { ...run.metrics, rounds: [...run.metrics.rounds, repeated] };
  const report = analyse({ ...run, metrics });
  assert.equal(metric(report, 'latency.mean').pairs[0]?.baseline, 370);
});

test('CPU per request is the sum over the variant without the generator', () => {
  const run = madeUpRun(seedLike);
  const rounds = run.metrics.rounds.map((row) => ({
    ...row,
    values: { ...row.values, 'cpu.perRequest': null },
    cpuMsPerRequestByProcess: { service: 3, mysql: 1, k6: 5 },
  }));
  const report = analyse({ ...run, metrics: { ...run.metrics, rounds } });
  assert.deepEqual(metric(report, 'cpu.perRequest').pairs[0], { block: 1, baseline: 4, candidate: 4 });
  assert.deepEqual(report.cpuMsPerRequest.baseline, { service: 3, mysql: 1 });
});

test('a metric that was not measured is named, not made up', () => {
  const run = madeUpRun(seedLike);
  const rounds = run.metrics.rounds.map((row) => ({
    ...row,
    values: { ...row.values, 'cpu.perRequest': null },
    cpuMsPerRequestByProcess: {},
  }));
  const report = analyse({ ...run, metrics: { ...run.metrics, rounds } });
  assert.ok(!report.metrics.some(({ name }) => name === 'cpu.perRequest'));
  assert.ok(report.notes.some((note) => note.startsWith('CPU per request was not measured')));
});

test('at a fixed arrival rate throughput decides nothing', () => {
  const gated: MetricName[] = ['latency.mean', 'throughput'];
  const load = { scenario: 'k6/scenarios/products.ts', vus: 50, ratePerSecond: 40 };
  const report = reportOf({ ...seedLike, experiment: { gated, load } });
  assert.equal(metric(report, 'throughput').gated, false);
  assert.ok(report.notes.some((note) => note.includes('not an outcome')));
});

test('the run may end when the primary metric is certain, never before the first look', () => {
  const certain = (made: MadeUp) => {
    const { plan, metrics } = madeUpRun(made);
    return isCertain(plan, metrics);
  };
  assert.equal(certain({ ...seedLike, blocks: 3 }), false);
  assert.equal(certain({ ...seedLike, blocks: 4 }), true);
  assert.equal(certain({ ...seedLike, blocks: 4, blocksRange: { min: 6, max: 8 } }), false);
  assert.equal(
    certain({ ...seedLike, blocks: 2, blocksRange: { min: 2, max: 3 } }),
    false,
    'no look below four',
  );
  assert.equal(certain({ ...same, noise: 0.2, blocks: 5 }), false);
});

test('two blocks planned and measured: the plain 95 % level', () => {
  const report = reportOf({ ...seedLike, blocks: 2, blocksRange: { min: 2, max: 2 } });
  assert.equal(metric(report, 'latency.mean').ratio?.level, 0.95);
  assert.equal(report.verdict, 'improved');
  assert.equal(report.stopped, 'maximum');
});

test('thresholds in every notation', () => {
  const parsed = (text: string) => {
    const { metric, operator, limit } = parseThreshold(text);
    return `${metric} ${operator} ${limit}`;
  };
  assert.equal(parsed('avg<500'), 'latency.mean < 500');
  assert.equal(parsed('p(99) <= 12.5'), 'latency.p99 <= 12.5');
  assert.equal(parsed('rps>=100'), 'throughput >= 100');
  assert.equal(parsed('cpu<40%'), 'cpu.utilization < 0.4');
  assert.equal(parsed('errors<1%'), 'errors.rate < 0.01');
});

test('a bad threshold is refused with the experiment, before anything is measured', () => {
  for (const threshold of ['avg', 'cpu<40', 'avg<5%', 'p(12)<3', 'errors<=+3%', 'toString<1']) {
    assert.throws(
      () => madeUpRun({ ...seedLike, experiment: { thresholds: [threshold] } }),
      /not a threshold: write avg<500/,
      threshold,
    );
  }
});

/** Every report of these tests is one that the contract accepts. */
function reportOf(made: MadeUp): Report {
  return reportSchema.parse(JSON.parse(JSON.stringify(analyse(madeUpRun(made)))));
}

function metric(report: Report, name: MetricName): MetricResult {
  return report.metrics.find((one) => one.name === name) ?? assert.fail(`no ${name}`);
}
