import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf } from './findings.ts';
import { growTrace, type LooseSpan, type SpanPart } from './trace.ts';

const names = { baseline: 'naive', candidate: 'optimized' };
const pair = { percentile: 'p50', baseline: null, candidate: null } as const;

function request(ms: number, calls: SpanPart[]) {
  const span = (part: SpanPart, parent: number | null, startMs: number, durationMs: number): LooseSpan => ({
    parent,
    name: part,
    service: 'api',
    part,
    statement: null,
    startMs,
    durationMs,
    failed: false,
  });
  return growTrace('a', false, [
    span('app', null, 0, ms),
    ...calls.map((part, index) => span(part, 0, index, 0.5)),
  ]);
}

function check(before: SpanPart[], after: SpanPart[], expected: RegExp): void {
  test(`${before.length} calls become ${after.length}`, () => {
    const examples = [{ pair, baseline: request(500, before), candidate: request(8, after) }];
    const [finding = ''] = findingsOf(null, examples, names);
    assert.match(finding, /^At p50 \(a median request\) it took 500.ms → 8.ms, with /);
    assert.match(finding, expected);
  });
}
check(['database', 'database'], ['cache'], /2 database calls in naive and none in optimized\.$/);
check(['cache'], ['database'], /no database call in naive and 1 in optimized\.$/);
check(['database'], ['database'], /1 database call in both\.$/);
check(['cache'], [], /2 spans in naive and 1 in optimized\.$/);

test('a request that only one variant has is no finding', () => {
  assert.deepEqual(findingsOf(null, [{ pair, baseline: request(1, []), candidate: null }], names), []);
});
