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

test('where one k6 asks both variants, what it crosses is said and not blamed on the candidate', () => {
  const fine = (assigns: boolean) =>
    reportOf(() => true, {
      mode: 'fine',
      baseline: { meanMs: 9, cpuMsPerRequest: 4 },
      candidate: { meanMs: 8.8, cpuMsPerRequest: 3.9 },
      experiment: { thresholds: [], load: { scenario: 'k6/x.js', vus: 5, assigns } },
    });
  const together = fine(true);
  assert.notEqual(together.exitCode, 99);
  assert.deepEqual(together.thresholds, []);
  assert.match(
    together.notes.join('\n'),
    /as crossed in 4 of 4 blocks\. It judged .* both variants together/,
  );
  const apart = fine(false);
  assert.equal(apart.exitCode, 99);
  assert.doesNotMatch(apart.notes.join('\n'), /both variants together/);
});

function reportOf(crosses: (variant: string, block: number) => boolean, changes: Partial<MadeUp> = {}) {
  const made: MadeUp = {
    ...seedLike,
    experiment: { thresholds: [] },
    ...changes,
    spoil: (round) =>
      crosses(round.variant, round.block)
        ? { ...round, load: { ...round.load, exitCode: 99, crossed: [threshold] } }
        : round,
  };
  return analyse(madeUpRun(made));
}
