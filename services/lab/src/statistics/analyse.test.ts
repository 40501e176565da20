import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricName } from '@dyno/contracts/metrics';
import { type MetricResult, type Report, reportSchema } from '@dyno/contracts/report';
import { type MadeUp, madeUpRun, seedLike } from '../report/fixtures/run.ts';
import { analyse, exitCodeOf, isCertain } from './analyse.ts';
import { tQuantile } from './studentT.ts';

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
    /could have seen \d.*; 3.% needs about [\d,]+ blocks, more than a run may have \(20\): longer windows, fine mode or a quieter machine/,
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

test('each metric shows how it narrowed, what it scatters by and the rank-based estimate beside it', () => {
  const report = reportOf({ ...same, noise: 0.03, blocks: 8, experiment: goals });
  const mean = metric(report, 'latency.mean');
  assert.deepEqual(
    mean.path.map(({ blocks }) => blocks),
    [4, 5, 6, 7, 8],
  );
  const last = mean.path.at(-1);
  assert.deepEqual(
    [last?.estimate, last?.low, last?.high],
    [mean.ratio?.estimate, mean.ratio?.low, mean.ratio?.high],
  );
  assert.ok(mean.spread !== null && mean.spread > 0.02 && mean.spread < 0.08, `${mean.spread}`);
  const { hodgesLehmann, ratio } = mean;
  assert.ok(hodgesLehmann && ratio && Math.abs(hodgesLehmann.estimate / ratio.estimate - 1) < 0.02);
  assert.ok(hodgesLehmann.low < hodgesLehmann.estimate && hodgesLehmann.estimate < hodgesLehmann.high);
  assert.deepEqual(metric(report, 'errors.rate').path, []);
});

test('blocks still needed, in figures and in words', () => {
  const report = reportOf({
    ...same,
    noise: 0.017,
    seed: 3,
    blocks: 5,
    blocksRange: { min: 4, max: 20 },
    experiment: goals,
  });
  const mean = metric(report, 'latency.mean');
  assert.equal(mean.verdict, 'inconclusive');
  assert.equal(report.stopped, 'interrupted');
  // By hand: c = 0.01369 for 4..20, N = ((t(1 - c / 2, N - 1) + t(0.8, N - 1)) s / ln 1.03)².
  const { spread, blocksNeeded } = mean;
  assert.ok(
    spread !== null && blocksNeeded !== null && blocksNeeded > 5 && blocksNeeded <= 20,
    `${blocksNeeded}`,
  );
  const needed = (n: number) =>
    ((tQuantile(1 - 0.01369 / 2, n - 1) + tQuantile(0.8, n - 1)) * (spread / Math.log(1.03))) ** 2;
  assert.ok(needed(blocksNeeded) <= blocksNeeded && needed(blocksNeeded - 1) > blocksNeeded - 1);
  assert.match(
    mean.sentence,
    new RegExp(`; 3.% needs at least ${blocksNeeded - 5} more blocks? \\(\\d+.(s|min)\\)\\.$`),
  );
});

test('a plan too short for the blocks that it needs says the option', () => {
  const report = reportOf({ ...same, noise: 0.02, seed: 3, blocks: 8, experiment: goals });
  const mean = metric(report, 'latency.mean');
  assert.equal(mean.verdict, 'inconclusive');
  assert.ok(mean.blocksNeeded !== null && mean.blocksNeeded > 8);
  assert.match(
    mean.sentence,
    new RegExp(
      `needs at least ${mean.blocksNeeded - 8} more blocks? \\(.*, with --blocks ${mean.blocksNeeded}\\)`,
    ),
  );
});

test('the noise floor of the calibration is quoted', () => {
  const run = madeUpRun({ ...seedLike });
  const calibration = {
    schemaVersion: run.plan.schemaVersion,
    createdAt: '2026-01-01T00:00:00.000Z',
    runId: 'calibrated',
    experiment: 'made-up',
    fingerprint: run.environment.fingerprint,
    subject: '0'.repeat(64),
    mode: 'isolated' as const,
    pairs: 10,
    metrics: [
      {
        name: 'latency.mean' as const,
        spread: 0.02,
        noiseFloor: 0.018,
        minimumDetectableEffect: 0.02,
        verdict: 'equivalent' as const,
      },
    ],
  };
  const report = reportSchema.parse(analyse({ ...run, calibration }));
  assert.equal(metric(report, 'latency.mean').noiseFloor, 0.018);
  assert.equal(metric(report, 'latency.p95').noiseFloor, null);
  assert.match(metric(report, 'latency.mean').sentence, /; beyond the noise floor of 1\.8.%\.$/);
  assert.deepEqual(report.calibration, { createdAt: calibration.createdAt, pairs: 10 });
});

test('the method in words, and the time to the verdict', () => {
  const report = reportOf(seedLike);
  assert.equal(
    report.method.replaceAll('\u00a0', ' '),
    'One round is a restart, 5 s of warm-up and a window of 11 s; requests are no replicates, rounds are. ' +
      'In a block the variants take turns, in random order and then in its reverse (seed 1). ' +
      "The datum is ln(candidate / baseline) of a block, tested with Student's t over 4 blocks; error rates with Newcombe's interval. " +
      'A look after every block from 4 to 8, false alarms over all of them 5 %; hence intervals of 99 %. ' +
      "The primary metric (latency.mean) ends the run; the others need Holm's correction beside it. Equivalent: two one-sided tests inside ±3 %.",
  );
  const fine: MadeUp = { ...seedLike, mode: 'fine' };
  assert.match(reportOf(fine).method, /both variants are alive and each gets half of the load, from a k6 of/);
  const drawn = { requests: [{ target: '/' }], vus: 5 };
  assert.match(
    reportOf({ ...fine, experiment: { load: drawn } }).method,
    /both variants are alive and every request goes to one of them at random/,
  );
  // 8 rounds, one every 20 s; 6 s before the first window, 11 s of the last.
  assert.equal(report.secondsToVerdict, 7 * 20 + 6 + 11);
});

test('who fails fast looks fast: latency over successful answers alone is told', () => {
  const run = madeUpRun({ ...seedLike, candidate: { ...seedLike.candidate, failed: 20 } });
  const rounds = run.metrics.rounds.map((row) =>
    row.variant === 'optimized' ? { ...row, successful: { 'latency.mean': 400 } } : row,
  );
  const report = reportSchema.parse(analyse({ ...run, metrics: { ...run.metrics, rounds } }));
  const [mean, ...others] = report.successful;
  assert.equal(mean?.name, 'latency.mean');
  assert.ok(mean.ratio && mean.ratio.estimate > 1.05);
  assert.deepEqual(others, [], 'only what both variants have');
  assert.notEqual(report.verdict, 'improved');
  assert.ok(
    report.notes.some((note) =>
      /Over successful answers alone mean latency changes by \+.*the failures/.test(note),
    ),
  );
  assert.deepEqual(reportOf(seedLike).successful, [], 'nothing failed, nothing to tell apart');
});

test('a variant at an address is said not to be restarted, and has no CPU', () => {
  const url = 'http://127.0.0.1:31100/';
  const report = reportOf({
    ...seedLike,
    experiment: { thresholds: [], candidates: [{ name: 'optimized', url }] },
  });
  assert.ok(report.notes.some((note) => note.startsWith(`Dyno did not start optimized at ${url}`)));
  assert.match(report.method, /^One round is 5 s of warm-up/);
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
  assert.deepEqual(rounded(report.cpuMsPerRequest.baseline), { service: 3, mysql: 1 });
});

test('hits of the caches are summed over the rounds that count, for each variant that has the cache', () => {
  const told = reportOf({
    ...seedLike,
    spoil: (round) => ({
      ...round,
      caches: [
        { cache: 'redis', hits: 1, misses: 1 },
        ...(round.variant === 'optimized' ? [{ cache: 'memory', hits: 9, misses: 2 }] : []),
      ],
    }),
  });
  assert.deepEqual(told.caches, [
    { cache: 'memory', baseline: null, candidate: { hits: 36, misses: 8 } },
    { cache: 'redis', baseline: { hits: 4, misses: 4 }, candidate: { hits: 4, misses: 4 } },
  ]);
  assert.equal(reportOf(seedLike).caches, undefined);
});

test('the parts of CPU per request add up to the figure of the sentence', () => {
  const run = madeUpRun(seedLike);
  const rounds = run.metrics.rounds.map((row, index) => ({
    ...row,
    requests: 100 * (index + 1),
    values: { ...row.values, 'cpu.perRequest': null },
    cpuMsPerRequestByProcess: { service: 3 + index, mysql: 1, k6: 5 },
  }));
  const report = analyse({ ...run, metrics: { ...run.metrics, rounds } });
  const { estimate } = metric(report, 'cpu.perRequest').baseline;
  const { service = 0, mysql = 0 } = report.cpuMsPerRequest.baseline;
  assert.ok(Math.abs(service + mysql - estimate) < 1e-9, `${service} + ${mysql} are not ${estimate}`);
  assert.ok(service > mysql);
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

test('where requests are drawn between variants that are alive together throughput decides nothing', () => {
  const gated: MetricName[] = ['latency.mean', 'throughput'];
  const load = { requests: [{ target: '/' }], vus: 5 };
  const fine = reportOf({ ...seedLike, mode: 'fine', experiment: { gated, load } });
  assert.equal(metric(fine, 'throughput').gated, false);
  assert.ok(fine.notes.some((note) => note.includes('throughput is the same by design')));
  const isolated = reportOf({ ...seedLike, experiment: { gated, load } });
  assert.equal(metric(isolated, 'throughput').gated, true);
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

function rounded(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(9))]));
}
