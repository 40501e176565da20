import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaVersion } from '@dyno/contracts/run';
import { isolatedPair } from './guardsOfMode.ts';

/** What the fine blocks have shown. */
const together = [
  { name: 'latency.p50' as const, ratio: { estimate: 1.05, low: 1.02, high: 1.08, level: 0.95 } },
  { name: 'cpu.perRequest' as const, ratio: { estimate: 1.05, low: 1.04, high: 1.06, level: 0.95 } },
];

test('an isolated pair agrees with the fine blocks unless it is far off', () => {
  const table: [number | null, number | null, 'pass' | 'warn'][] = [
    [1.05, 1.05, 'pass'],
    // As far as a single pair scatters.
    [0.9, 1.12, 'pass'],
    [1.6, 1.05, 'warn'],
    [1.05, 1.3, 'warn'],
    [null, null, 'pass'],
  ];
  for (const [latencyRatio, cpuRatio, status] of table) {
    const guard = isolatedPair({ dilution: { schemaVersion, latencyRatio, cpuRatio } }, together);
    assert.equal(guard.status, status, JSON.stringify([latencyRatio, cpuRatio]));
  }
  const { detail, advice } = isolatedPair(
    { dilution: { schemaVersion, latencyRatio: 2, cpuRatio: null } },
    together,
  );
  assert.match(detail, /p50 latency .* apart, .* together/);
  assert.match(advice, /--mode isolated/);
  assert.equal(isolatedPair({ dilution: null }, together).status, 'pass');
});
