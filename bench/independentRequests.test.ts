import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harrellDavis } from '../services/lab/src/statistics/harrellDavis.ts';
import { relativeErrorOfMean, relativeErrorOfQuantile } from './independentRequests.ts';

const ten = [12.1, 13.4, 11.8, 15.2, 12.9, 14.1, 19.7, 12.4, 13.0, 12.6].sort((a, b) => a - b);

/** NumPy and SciPy 1.17.1 (stats.beta), by the definition. */
test('the error of a quantile is that of Maritz and Jarrett', () => {
  for (const [p, expected] of [
    [0.5, 0.5248398349220046],
    [0.9, 2.441593895414018],
    [0.95, 1.7748758547394614],
  ] as const) {
    assertClose(relativeErrorOfQuantile(ten, p) * harrellDavis(ten, p), expected);
  }
});

test('the error of a mean is its standard error', () => {
  assertClose(relativeErrorOfMean([9, 10, 11]), Math.sqrt(1 / 3) / 10);
});

function assertClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual / expected - 1) < 1e-9, `${actual}, expected ${expected}`);
}
