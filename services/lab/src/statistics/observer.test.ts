import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf, type LevelPair } from './observer.ts';

const seen = (cpuMsPerRequest: number) => ({ cpuMsPerRequest, latencyMsP50: 2 });
const pair = (level: LevelPair['level'], off: number, on: number): LevelPair => ({
  level,
  off: seen(off),
  on: seen(on),
});

test('the cost of a level is the ratio over its own twins without telemetry', () => {
  const levels = costOf([
    ...[1, 2, 4, 8].map((off) => pair('sampled', off, off * 1.1)),
    ...[1, 1.01, 0.99, 1].map((off) => pair('full', off, 1.5)),
  ]);
  assert.deepEqual(
    levels.map(({ level }) => level),
    ['off', 'sampled', 'full'],
  );
  const [off, sampled, full] = levels;
  assert.equal(off?.cpuRatio, null);
  // The machine's speed doubles from pair to pair, and the ratio stays.
  assert.ok(Math.abs((sampled?.cpuRatio?.estimate ?? 0) - 1.1) < 1e-9);
  assert.ok((sampled?.cpuRatio?.high ?? 9) - (sampled?.cpuRatio?.low ?? 0) < 1e-9);
  const { low = 0, high = 0, level = 0 } = full?.cpuRatio ?? {};
  assert.ok(low < 1.5 && 1.5 < high && high < 1.6, `${low} to ${high}`);
  assert.equal(level, 0.95);
  assert.deepEqual(full?.pairs[0], { off: 1, on: 1.5 });
});

test('one pair has no interval', () => {
  assert.equal(costOf([pair('full', 1, 2)])[1]?.cpuRatio, null);
  assert.deepEqual(costOf([]), []);
});
