import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differByFivePercent, mannWhitney, welchT } from './naive.ts';

/** SciPy 1.17.1: ttest_ind(equal_var=False). */
test("Welch's t test", () => {
  const x = [101.2, 98.7, 104.9, 110.3, 99.5, 102.8, 107.1, 100.4];
  const y = [95.9, 94.2, 101.7, 103.8, 96.6, 96.1, 103.9, 94.9];
  const { t, df, p, lower, upper } = welchT(x, y);
  assertClose(t, 2.3347444584667536);
  assertClose(df, 13.999910472727583);
  assertClose(p, 0.03496481202845687);
  assertClose(lower, 0.3844293891400845);
  assertClose(upper, 9.065570610859933);
});

/** SciPy 1.17.1: mannwhitneyu(method='asymptotic'), with and without the correction. */
test("Mann and Whitney's test with ties", () => {
  const x = [1, 2, 2, 3, 3, 3, 4, 5];
  const y = [2, 3, 4, 4, 5, 5, 6, 7, 7];
  assert.equal(mannWhitney(x, y).U, 13.5);
  assertClose(mannWhitney(x, y).p, 0.03175895714806371);
  assertClose(mannWhitney(x, y, false).p, 0.028075012477371607);
});

test('two averages', () => {
  assert.equal(differByFivePercent([100, 100], [104, 104]), false);
  assert.equal(differByFivePercent([100, 100], [94, 94]), true);
});

function assertClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual / expected - 1) < 1e-9, `${actual}, expected ${expected}`);
}
