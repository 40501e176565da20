import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricName } from '@dyno/contracts/metrics';
import { randomOf } from '../experiment/random.ts';
import { type Effects, type Noise, noiseOf } from './fixtures/noiseModel.ts';
import { simulate } from './fixtures/simulation.ts';
import { gaussian } from './gaussian.ts';
import { normalQuantile } from './normal.ts';
import { pairedTPower } from './power.ts';
import { logRatioEstimate } from './yuen.ts';

const range = { min: 4, max: 20 };
const margin = Math.log1p(0.03);

/** Undisturbed pairs of one metric: a pair's log ratio is Gaussian. */
function plain(spread: number): Noise {
  return {
    spread: { 'latency.mean': spread },
    drift: 0,
    persistence: 0,
    disturbed: { share: 0, deviations: 0 },
    common: 0,
  };
}

/** The same change in every metric of the model. */
function everywhere({ spread }: Noise, share: number): Effects {
  return Object.fromEntries(Object.keys(spread).map((name) => [name, Math.log1p(-share)]));
}

/** Three standard errors of a simulated share. */
function reach(share: number, runs: number): number {
  return 3 * Math.sqrt((share * (1 - share)) / runs);
}

const models = [
  { what: 'Gaussian pairs', noise: plain(0.07), primary: 'latency.mean' },
  { what: 'fine mode, CPU per request', noise: noiseOf.fine, primary: 'cpu.perRequest' },
  { what: 'fine mode, p95', noise: noiseOf.fine, primary: 'latency.p95' },
  { what: 'isolated mode, p50', noise: noiseOf.isolated, primary: 'latency.p50' },
] as const satisfies { what: string; noise: Noise; primary: MetricName }[];

for (const { what, noise, primary } of models) {
  test(`identical variants are called different in at most 5 % of runs, and the interval covers: ${what}`, () => {
    const runs = 1500;
    const { verdicts, overall, covered } = simulate({ noise, effects: {}, primary, range, runs, seed: 7 });
    const ofPrimary = (verdicts.improved + verdicts.regressed) / runs;
    assert.ok(ofPrimary <= 0.05 + reach(0.05, runs), `${ofPrimary} of the primary metric`);
    // The bound over all metrics is 5.5 %.
    const ofAll = (overall.improved + overall.regressed + overall.mixed) / runs;
    assert.ok(ofAll <= 0.055 + reach(0.055, runs), `${ofAll} overall`);
    assert.ok(covered / runs >= 0.95 - reach(0.95, runs), `${covered / runs} covered`);
  });
}

test('the looks use up the false alarms that they may have', () => {
  const runs = 1500;
  const { verdicts } = simulate({
    noise: plain(0.3),
    effects: {},
    primary: 'latency.mean',
    range,
    runs,
    seed: 3,
  });
  const alarms = (verdicts.improved + verdicts.regressed) / runs;
  assert.ok(alarms >= 0.05 - reach(0.05, runs), `${alarms}`);
});

/** Round noise of 5 %, so 7.07 % for a pair: shares of runs that are found, and pairs that it takes on average. */
const power = [
  { change: 0.05, found: 0.71, pairs: 14.8 },
  { change: 0.1, found: 1, pairs: 8.3 },
  { change: 0.2, found: 1, pairs: 5 },
];
for (const { change, found, pairs } of power) {
  test(`a change of ${change * 100} % is found as often and as soon as it should, and in the right direction`, () => {
    const runs = 1000;
    const noise = plain(0.05 * Math.SQRT2);
    const effects = everywhere(noise, change);
    const simulated = simulate({ noise, effects, primary: 'latency.mean', range, runs, seed: 17 });
    const { verdicts, covered, blocks } = simulated;
    assert.ok(verdicts.regressed / runs <= 0.005, `${verdicts.regressed} in the wrong direction`);
    assert.ok(verdicts.improved / runs >= found - 0.005 - reach(found, runs), `${verdicts.improved / runs}`);
    const average = blocks.reduce((sum, value) => sum + value, 0) / runs;
    assert.ok(Math.abs(average - pairs) < 0.5, `${average} pairs`);
    assert.ok(covered / runs >= 0.95 - reach(0.95, runs), `${covered / runs} covered`);
  });
}

test('fine mode: 5 % of CPU per request are found in four of five runs within 12 blocks', () => {
  const runs = 600;
  const noise = noiseOf.fine;
  const found = simulate({
    noise,
    effects: everywhere(noise, 0.05),
    primary: 'cpu.perRequest',
    range: { min: 4, max: 12 },
    runs,
    seed: 29,
  });
  assert.ok(found.overall.improved / runs >= 0.8, `${found.overall.improved} of ${runs}`);
});

test('fine mode: identical variants are equivalent in most runs, although p95 is not certain within 3 %', () => {
  const runs = 400;
  const simulated = simulate({
    noise: noiseOf.fine,
    effects: {},
    primary: 'cpu.perRequest',
    range,
    runs,
    seed: 37,
  });
  assert.ok(simulated.overall.equivalent / runs > 0.8, JSON.stringify(simulated.overall));
});

test('a change as large as the margin is called equivalent in at most 5 % of runs', () => {
  const runs = 2000;
  for (const spread of [0.01, 0.02, 0.03]) {
    const effects = { 'latency.mean': margin };
    const { verdicts } = simulate({
      noise: plain(spread),
      effects,
      primary: 'latency.mean',
      range,
      runs,
      seed: 13,
    });
    const share = verdicts.equivalent / runs;
    assert.ok(share <= 0.05 + reach(0.05, runs), `${share} at a spread of ${spread}`);
  }
});

test('a better mean with a p99 twice as long is next to never improved', () => {
  const runs = 300;
  const noise = noiseOf.fine;
  const effects = { ...everywhere(noise, 0.2), 'latency.p99': Math.log(2) };
  const { overall } = simulate({ noise, effects, primary: 'latency.mean', range, runs, seed: 31 });
  // Four blocks decide the mean; when two of them are disturbed, they can hide the p99.
  assert.ok(overall.improved / runs <= 0.02, JSON.stringify(overall));
  assert.ok(overall.mixed / runs > 0.9, JSON.stringify(overall));
});

test('the power of a single look is as computed', () => {
  const runs = 4000;
  const normal = gaussian(randomOf(19));
  const values = () => Array.from({ length: 6 }, () => 0.06 + 0.05 * normal());
  const seen = Array.from({ length: runs }, () => logRatioEstimate(values(), 0.95)).filter(
    ({ p }) => p < 0.05,
  );
  const computed = pairedTPower(6, 0.06 / 0.05, 0.05);
  assert.ok(
    Math.abs(seen.length / runs - computed) < reach(computed, runs),
    `${seen.length / runs}, ${computed}`,
  );
});

test('gaussian values are what they are called', () => {
  const normal = gaussian(randomOf(23));
  const values = Array.from({ length: 20_000 }, normal);
  const below = values.filter((value) => value < normalQuantile(0.1)).length / values.length;
  assert.ok(Math.abs(below - 0.1) < reach(0.1, values.length));
});
