import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeTicks } from './timeAxis.ts';

function check(axisMs: number, expected: number[]): void {
  test(`ticks of ${axisMs} ms`, () => assert.deepEqual(timeTicks(axisMs), expected));
}
check(3121.8, [0, 1000, 2000, 3000]);
check(0.7, [0, 0.2, 0.4, 0.6]);
check(5, [0, 1, 2, 3, 4, 5]);
check(0.001, [0, 0.0002, 0.0004, 0.0006, 0.0008, 0.001]);
