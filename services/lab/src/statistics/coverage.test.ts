import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOf } from '../experiment/random.ts';
import { gaussian } from './gaussian.ts';
import { normalQuantile } from './normal.ts';
import { pairedTPower } from './power.ts';
import { alphaAt, isLook } from './sequential.ts';
import { verdictOf } from './verdict.ts';
import { logRatioEstimate } from './yuen.ts';

const margin = Math.log1p(0.03);
const blocks = { min: 4, max: 8 };

/** Runs the sequential procedure as the pipeline does: a look after every block until the verdict is certain. */
function simulate(runs: number, effect: number, noise: number, seed: number) {
  const normal = gaussian(randomOf(seed));
  const outcomes = { improved: 0, regressed: 0, equivalent: 0, inconclusive: 0 };
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const logRatios: number[] = [];
    for (let n = 1; n <= blocks.max; n++) {
      logRatios.push(effect + noise * normal());
      if (!isLook(n, blocks)) continue;
      const estimate = logRatioEstimate(logRatios, 1 - alphaAt(n, blocks));
      const inner = logRatioEstimate(logRatios, 1 - 2 * alphaAt(n, blocks));
      const verdict = verdictOf({ interval: estimate, inner }, 'lower', margin);
      if (verdict === 'inconclusive' && n < blocks.max) continue;
      outcomes[verdict] += 1;
      if (estimate.low <= effect && effect <= estimate.high) covered += 1;
      break;
    }
  }
  return { outcomes, coverage: covered / runs };
}

/** Three standard errors of a simulated share. */
function reach(share: number, runs: number): number {
  return 3 * Math.sqrt((share * (1 - share)) / runs);
}

test('looking after every block calls at most 5 % of identical pairs different', () => {
  const runs = 4000;
  const { outcomes } = simulate(runs, 0, 0.05, 7);
  const alarms = (outcomes.improved + outcomes.regressed) / runs;
  assert.ok(alarms <= 0.05 + reach(0.05, runs), `${alarms} false alarms`);
  assert.ok(alarms >= 0.02, `${alarms}: the looks use what they may`);
});

test('the interval at the stop covers the true change in at least 95 % of runs', () => {
  const runs = 3000;
  for (const effect of [0, -0.05, -0.2]) {
    const { coverage } = simulate(runs, effect, 0.05, 11);
    assert.ok(coverage >= 0.95 - reach(0.95, runs), `${coverage} at ${effect}`);
  }
});

test('a change outside the margin is called equivalent in at most 5 % of runs', () => {
  const runs = 3000;
  const { outcomes } = simulate(runs, margin, 0.02, 13);
  assert.ok(outcomes.equivalent / runs <= 0.05 + reach(0.05, runs), `${outcomes.equivalent} of ${runs}`);
});

test('a change of a fifth is found, and in the right direction', () => {
  const { outcomes } = simulate(1000, Math.log(0.8), 0.05, 17);
  assert.equal(outcomes.regressed, 0);
  assert.ok(outcomes.improved >= 990, `${outcomes.improved} of 1000`);
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
