import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOf } from '../experiment/random.ts';
import { eDivisive } from './changePoints.ts';
import { gaussian } from './gaussian.ts';

/** Levels one after another, each of `length` values. */
function series(levels: readonly number[], length: number, spread: number, seed: number): number[] {
  const normal = gaussian(randomOf(seed));
  return levels.flatMap((level) => Array.from({ length }, () => level + spread * normal()));
}

test('a series without a change has a change point in about as many cases as alpha says', () => {
  const found = Array.from({ length: 200 }, (_, seed) =>
    eDivisive(series([10], 16, 1, seed), { seed, alpha: 0.05, permutations: 199 }),
  ).filter((points) => points.length > 0).length;
  // Three standard errors above 5 % of 200.
  assert.ok(found <= 19, `${found} of 200`);
});

test('a step of 5 % in a noise of 1 % is found where it is', () => {
  const [point, ...more] = eDivisive(series([100, 105], 10, 1, 3), { seed: 1 });
  assert.equal(point?.index, 10);
  assert.ok(point.p < 0.01);
  assert.deepEqual(more, []);
});

test('up and down again: both places', () => {
  const found = eDivisive(series([100, 120, 100], 8, 1, 5), { seed: 1 });
  assert.deepEqual(
    found.map(({ index }) => index),
    [8, 16],
  );
});

test('the same seed gives the same answer', () => {
  const values = series([100, 102], 10, 1, 7);
  assert.deepEqual(eDivisive(values, { seed: 9 }), eDivisive(values, { seed: 9 }));
});

test('too short a series, and one that never moves, have none', () => {
  assert.deepEqual(eDivisive([], { seed: 1 }), []);
  assert.deepEqual(eDivisive([1, 2, 3], { seed: 1 }), []);
  assert.deepEqual(eDivisive([5, 5, 5, 5, 5, 5, 5, 5], { seed: 1 }), []);
});

test('no part is shorter than asked for', () => {
  const values = [...series([100], 12, 1, 11), 150, 151];
  assert.deepEqual(
    eDivisive(values, { seed: 1, minSize: 4 }).filter(({ index }) => index > 10),
    [],
  );
});
