import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MadeUp, madeUpRun, seedLike } from '../report/fixtures/run.ts';
import { analyse } from './analyse.ts';

const threshold = 'http_req_duration: p(95)<200';

test("a script's threshold that the candidate crosses in most rounds decides the exit code", () => {
  const report = reportOf((variant) => variant === 'optimized');
  assert.equal(report.verdict, 'improved');
  assert.equal(report.exitCode, 99);
  assert.deepEqual(report.thresholds.at(-1), {
    threshold,
    kind: 'absolute',
    value: null,
    passed: false,
    detail: `k6 reports ${threshold} as crossed in 4 of 4 rounds of optimized`,
  });
});

test('what only the baseline crosses, or the candidate once, does not', () => {
  assert.equal(reportOf((variant) => variant === 'naive').exitCode, 0);
  assert.equal(reportOf((variant, block) => variant === 'optimized' && block === 1).exitCode, 0);
});

function reportOf(crosses: (variant: string, block: number) => boolean) {
  const made: MadeUp = {
    ...seedLike,
    experiment: { thresholds: [] },
    spoil: (round) =>
      crosses(round.variant, round.block)
        ? { ...round, load: { ...round.load, exitCode: 99, crossed: [threshold] } }
        : round,
  };
  return analyse(madeUpRun(made));
}
