import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTrace } from './otlp.ts';
import { rowsOf } from './trace.ts';

const epochMs = 1_780_000_000_000;
const span = (id: string, parent: string, name: string, fromMs: number, ms: number, more: object = {}) => ({
  traceId: 'abc',
  spanId: id,
  parentSpanId: parent,
  name,
  startTimeUnixNano: nanos(fromMs),
  endTimeUnixNano: nanos(fromMs + ms),
  ...more,
});
const nanos = (ms: number): string => String(BigInt(epochMs) * 1_000_000n + BigInt(ms * 1e6));
const otlp = (spans: object[]): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'api' } }] },
        scopeSpans: [{ spans }],
      },
    ],
  });
const mysql = { attributes: [{ key: 'db.system.name', value: { stringValue: 'mysql' } }] };
const whole = { isUnfolded: false, toggled: new Set<string>() };

test('spans become a tree in order of their starts, from the earliest start to the latest end', () => {
  const trace = parseTrace(
    otlp([
      span('c', 'a', 'late', 8, 6),
      span('a', 'virtual-user', 'GET /products', 2, 10, { status: { code: 2 } }),
      span('b', 'a', 'SELECT', 3, 1, mysql),
    ]),
  );
  assert.equal(trace.durationMs, 12);
  assert.equal(trace.requestMs, 10);
  assert.deepEqual(
    rowsOf(trace, whole).map(({ depth, span }) => [depth, span.name, span.part, span.startMs, span.failed]),
    [
      [0, 'GET /products', 'other', 0, true],
      [1, 'SELECT', 'database', 1, false],
      [1, 'late', 'other', 6, false],
    ],
  );
});

test('starts in whole milliseconds are noticed', () => {
  assert.equal(parseTrace(otlp([span('a', '', 'GET', 0, 0.6)])).hasCoarseStarts, true);
  assert.equal(
    parseTrace(otlp([span('a', '', 'GET', 0, 2), span('b', 'a', 'x', 0.3, 1)])).hasCoarseStarts,
    false,
  );
});

test("Jaeger's envelope is read too; anything else is an error", () => {
  const inside = JSON.parse(otlp([span('a', '', 'GET', 0, 1)]));
  assert.equal(parseTrace(JSON.stringify({ result: inside })).spans.length, 1);
  assert.deepEqual(parseTrace(otlp([])).spans, []);
  for (const text of [
    '{"spans": []}',
    '{',
    otlp([{ ...span('a', '', 'GET', 0, 1), startTimeUnixNano: 'x' }]),
  ])
    assert.throws(() => parseTrace(text));
});

test('a span that is its own parent is a root, and of a circle of parents every span is shown once', () => {
  assert.equal(rowsOf(parseTrace(otlp([span('a', 'a', 'GET', 0, 1)])), whole).length, 1);
  const circle = parseTrace(otlp([span('a', 'b', 'x', 0, 1), span('b', 'a', 'y', 0, 1)]));
  assert.deepEqual(
    rowsOf(circle, whole).map(({ depth, span }) => [depth, span.name]),
    [
      [0, 'x'],
      [1, 'y'],
    ],
  );
});
