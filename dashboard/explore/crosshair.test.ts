import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crosshair, nearest } from './crosshair.ts';

test('the nearest of unevenly spaced places', () => {
  const places = [0.5, 1.5, 9, 10];
  assert.deepEqual(
    [-5, 0.9, 1.1, 5.2, 5.3, 9.6, 99].map((x) => nearest(places, x)),
    [0, 0, 1, 1, 2, 3, 3],
  );
  assert.equal(nearest([], 1), -1);
});

test('charts hear of a move, and of nothing else', () => {
  const crosshair = new Crosshair();
  let heard = 0;
  const leave = crosshair.subscribe(() => {
    heard += 1;
  });
  crosshair.point(3);
  crosshair.point(3);
  crosshair.point(4, 3);
  leave();
  crosshair.point(null);
  assert.equal(heard, 2);
  assert.deepEqual(crosshair.get(), { x: null, from: null });
});
