import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soFarOf } from './soFar.ts';

const names = { baseline: 'naive', candidate: 'optimized' };
const round = (block: number, variant: string, mean: number | null) => ({
  round: block,
  block,
  variant,
  values: { 'latency.mean': mean },
  successful: {},
  unsteadySeconds: null,
  requests: 10,
  failed: 0,
  cpuMsPerRequestByProcess: {},
});

test('whole blocks are pairs, with the medians of their rounds and nothing that judges them', () => {
  const rounds = [4, 8, 6].flatMap((mean, index) => [
    round(index + 1, 'naive', mean * 10),
    round(index + 1, 'optimized', mean),
  ]);
  const found = soFarOf(rounds, names);
  assert.equal(found?.blocks, 3);
  assert.deepEqual(found.metrics, [
    {
      name: 'latency.mean',
      title: 'mean latency',
      unit: 'ms',
      better: 'lower',
      ratio: null,
      pairs: [
        { block: 1, baseline: 40, candidate: 4 },
        { block: 2, baseline: 80, candidate: 8 },
        { block: 3, baseline: 60, candidate: 6 },
      ],
      baseline: 60,
      candidate: 6,
    },
  ]);
  const even = soFarOf(rounds.slice(0, 4), names);
  assert.equal(even?.metrics[0]?.candidate, 6);
});

test('what was not measured is no pair, and no pair is nothing to show', () => {
  assert.equal(soFarOf([round(1, 'naive', 3), round(1, 'optimized', null)], names), null);
  assert.equal(soFarOf([], names), null);
});
