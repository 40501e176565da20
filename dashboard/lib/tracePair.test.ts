import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growTrace, type LooseSpan } from './trace.ts';
import { compareCalls, type KeptTrace, namesInAddress, pairAddress, tracePairs } from './tracePair.ts';

const names = { baseline: 'naive', candidate: 'optimized' };
const kept = (variant: string, kind: KeptTrace['kind']): KeptTrace => ({
  variant,
  kind,
  traceId: 'abc',
  durationMs: 1,
  spans: 1,
  file: `traces/${variant}-${kind}.json`,
  url: 'http://127.0.0.1:26686/trace/abc',
});

test('pairs are by percentile, the slowest last, and one of them may be alone', () => {
  const pairs = tracePairs([kept('optimized', 'p99'), kept('naive', 'p50'), kept('optimized', 'p50')], names);
  assert.deepEqual(
    pairs.map((pair) => pairAddress('run', pair)),
    ['/runs/run/traces/naive-p50...optimized-p50', '/runs/run/traces/optimized-p99'],
  );
});

test('an address names one trace or two', () => {
  assert.deepEqual(namesInAddress('naive-p50...optimized-p50'), ['naive-p50', 'optimized-p50']);
  assert.deepEqual(namesInAddress('naive-p50'), ['naive-p50']);
  for (const address of ['', '...', 'a...', '...b', 'a...b...c']) assert.equal(namesInAddress(address), null);
});

test('what two requests did: added, removed and changed, the largest difference first', () => {
  const span = (name: string, parent: number | null, startMs: number, durationMs: number): LooseSpan => ({
    parent,
    name,
    service: 'api',
    part: parent === null ? 'app' : 'database',
    statement: parent === null ? null : `select * from ${name}`,
    startMs,
    durationMs,
    failed: false,
  });
  const before = growTrace('a', false, [
    span('GET', null, 0, 10),
    span('reviews', 0, 1, 4),
    span('reviews', 0, 5, 4),
  ]);
  const after = growTrace('b', false, [span('GET', null, 0, 3), span('names', 0, 1, 1)]);
  assert.deepEqual(
    compareCalls(before, after).map(({ title, baseline, candidate, differenceMs }) => [
      title,
      baseline?.count ?? 0,
      candidate?.count ?? 0,
      differenceMs,
    ]),
    [
      ['SELECT reviews', 2, 0, -8],
      ['SELECT names', 0, 1, 1],
      ['GET', 1, 1, 0],
    ],
  );
});
