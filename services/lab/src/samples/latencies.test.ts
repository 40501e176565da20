import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOf } from '../experiment/random.ts';
import { expand, type Latencies, quantilesOf } from './latencies.ts';

test('quantiles of counted values are those of the values one by one', () => {
  const random = randomOf(1);
  for (let go = 0; go < 50; go += 1) {
    const all = Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * 10) / 2);
    all.sort((a, b) => a - b);
    const latencies = counted(all);
    assert.deepEqual([...expand(latencies)], all);
    const quantiles = [0, 0.1, 0.5, 0.501, 0.95, 0.999, 1];
    const expected = quantiles.map((quantile) => interpolated(all, quantile));
    for (const [index, value] of quantilesOf(latencies, quantiles).entries()) {
      assert.ok(
        Math.abs(value - (expected[index] ?? Number.NaN)) < 1e-12,
        `${all} at ${quantiles[index]}: ${value}`,
      );
    }
  }
});

function counted(sorted: number[]): Latencies {
  const groups = [...Map.groupBy(sorted, (value) => value)];
  return {
    values: groups.map(([value]) => value),
    counts: groups.map(([, same]) => same.length),
    total: sorted.length,
  };
}

function interpolated(sorted: number[], quantile: number): number {
  const place = (sorted.length - 1) * quantile;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}
