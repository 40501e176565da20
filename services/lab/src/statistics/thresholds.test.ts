import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CalibrationFile } from '@dyno/contracts/calibration';
import { schemaVersion } from '@dyno/contracts/run';
import { type MadeUp, madeUpRun, seedLike } from '../report/fixtures/run.ts';
import { analyse } from './analyse.ts';
import { parseThreshold, tighterThanFloor } from './thresholds.ts';

const { baseline } = seedLike;
/** About 5 % faster, with little noise. */
const faster: MadeUp = {
  ...seedLike,
  candidate: { meanMs: 0.95 * baseline.meanMs, cpuMsPerRequest: 0.95 * baseline.cpuMsPerRequest },
  blocks: 8,
  noise: 0.01,
};

const notations: [string, string][] = [
  ['avg<500', 'absolute latency.mean < 500'],
  ['p(99) <= 12.5', 'absolute latency.p99 <= 12.5'],
  ['cpu<40%', 'absolute cpu.utilization < 0.4'],
  ['p(95)<=+3%', 'relative latency.p95 <= 0.03'],
  ['cpu<=-10%', 'relative cpu.perRequest <= -0.1'],
  ['rps >= +5.5%', 'relative throughput >= 0.055'],
];
for (const [text, parsed] of notations) {
  test(`${text} is ${parsed}`, () => {
    const { kind, metric, operator, limit } = parseThreshold(text);
    assert.equal(`${kind} ${metric} ${operator} ${limit}`, parsed);
  });
}

const judgements: { goal: string; passed: boolean; detail: RegExp }[] = [
  {
    goal: 'avg<=+3%',
    passed: true,
    detail:
      /^mean latency changes by −\d\S*.% \(\S+.% interval −\S+.% to −\S+.%\), the goal is <= \+3.%: met by the whole interval$/,
  },
  // Four percent better on average: the estimate keeps it, the interval does not.
  {
    goal: 'avg<=-4%',
    passed: false,
    detail: /the goal is <= −4.%: not proven, the interval reaches −[123]\S*.%$/,
  },
  { goal: 'avg<=-20%', passed: false, detail: /the goal is <= −20.%: not met$/ },
  {
    goal: 'cpu<=-2%',
    passed: true,
    detail: /^CPU per request changes by −\S+.% .* met by the whole interval$/,
  },
  {
    goal: 'rps>=+0.5%',
    passed: true,
    detail: /^requests per second changes by \+\S+.% .* met by the whole interval$/,
  },
  { goal: 'avg<1000', passed: true, detail: /^mean latency is 3\d\d.ms, the goal is < 1.s: met$/ },
];
for (const { goal, passed, detail } of judgements) {
  test(`${goal} for a candidate that is 5 % faster: ${passed ? 'met' : 'not met'}`, () => {
    const report = analyse(madeUpRun({ ...faster, experiment: { thresholds: [goal] } }));
    const [judged] = report.thresholds;
    assert.ok(judged);
    assert.equal(judged.passed, passed, judged.detail);
    assert.match(judged.detail, detail);
    assert.equal(judged.kind, /[+-]/.test(goal) ? 'relative' : 'absolute');
    assert.equal(report.exitCode, passed ? 0 : 1);
  });
}

test('a goal for the change of a throughput that the load decides is not met by construction', () => {
  const scenario = 'k6/x.ts';
  const judged = (mode: 'isolated' | 'fine', load: { assigns?: boolean; ratePerSecond?: number }) => {
    const experiment = { thresholds: ['rps>=-50%'], load: { scenario, vus: 5, ...load } };
    const [goal] = analyse(madeUpRun({ ...faster, mode, experiment })).thresholds;
    return goal;
  };
  for (const given of [judged('fine', { assigns: true }), judged('isolated', { ratePerSecond: 50 })]) {
    assert.equal(given?.passed, false);
    assert.match(given?.detail ?? '', /^rps>=-50%: the load decides .* throughput is not an outcome$/);
  }
  assert.equal(judged('isolated', { assigns: true })?.passed, true);
  assert.equal(judged('fine', {})?.passed, true);
});

test('one block proves no change', () => {
  const report = analyse(madeUpRun({ ...faster, blocks: 1, experiment: { thresholds: ['avg<=+50%'] } }));
  assert.deepEqual(report.thresholds, [
    {
      threshold: 'avg<=+50%',
      kind: 'relative',
      value: null,
      passed: false,
      detail: 'avg<=+50%: one block has no interval',
    },
  ]);
});

test('a goal finer than the noise floor is known, one beyond it is not', () => {
  const calibration: CalibrationFile = {
    schemaVersion,
    createdAt: '2026-01-01T00:00:00.000Z',
    runId: 'calibrated',
    experiment: 'made-up',
    fingerprint: '0'.repeat(64),
    subject: '0'.repeat(64),
    mode: 'isolated',
    pairs: 10,
    metrics: [
      {
        name: 'latency.p95',
        spread: 0.06,
        noiseFloor: 0.042,
        minimumDetectableEffect: 0.06,
        verdict: 'inconclusive',
      },
    ],
  };
  assert.equal(tighterThanFloor('p(95)<=+3%', calibration), 0.042);
  assert.equal(tighterThanFloor('p(95)<=-3%', calibration), 0.042);
  assert.equal(tighterThanFloor('p(95)<=+5%', calibration), null);
  assert.equal(tighterThanFloor('avg<=+1%', calibration), null, 'not calibrated');
  assert.equal(tighterThanFloor('p(95)<200', calibration), null, 'an absolute goal has no floor');
});
