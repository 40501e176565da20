import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTrace, rowsOf } from './trace.ts';

const span = (id: string, parent: string, name: string, fromMs: number, ms: number, more: object = {}) => ({
  traceId: 'abc',
  spanId: id,
  parentSpanId: parent,
  name,
  startTimeUnixNano: String(1_780_000_000_000_000_000n + BigInt(fromMs * 1e6)),
  endTimeUnixNano: String(1_780_000_000_000_000_000n + BigInt((fromMs + ms) * 1e6)),
  ...more,
});
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

test('spans become a tree in order of their starts, from the earliest start to the latest end', () => {
  const trace = parseTrace(
    otlp([
      span('c', 'a', 'late', 8, 6),
      span('a', 'virtual-user', 'GET /products', 2, 10, { status: { code: 2 } }),
      span('b', 'a', 'SELECT', 3, 1, mysql),
    ]),
  );
  assert.equal(trace.durationMs, 12);
  assert.deepEqual(
    rowsOf(trace, false).map(({ depth, span }) => [depth, span.name, span.part, span.startMs, span.failed]),
    [
      [0, 'GET /products', 'other', 0, true],
      [1, 'SELECT', 'database', 1, false],
      [1, 'late', 'other', 6, false],
    ],
  );
});

test('five equal siblings are one line with five bars, and every span is there when asked for', () => {
  const trace = parseTrace(
    otlp([
      span('a', '', 'GET', 0, 20),
      ...[1, 2, 3, 4, 5].map((at) => span(`q${at}`, 'a', 'SELECT', at * 2, 1, mysql)),
    ]),
  );
  const [, folded] = rowsOf(trace, false);
  assert.equal(folded?.bars.length, 5);
  assert.equal(folded?.totalMs, 5);
  assert.equal(rowsOf(trace, true).length, 6);
});

test("Jaeger's envelope is read too; anything else is an error", () => {
  const inside = JSON.parse(otlp([span('a', '', 'GET', 0, 1)]));
  assert.equal(parseTrace(JSON.stringify({ result: inside })).spans, 1);
  assert.throws(() => parseTrace('{"spans": []}'));
  assert.throws(() => parseTrace('{'));
});

test('a span that is its own parent is a root, and a circle of parents ends', () => {
  assert.equal(rowsOf(parseTrace(otlp([span('a', 'a', 'GET', 0, 1)])), false).length, 1);
  assert.equal(
    rowsOf(parseTrace(otlp([span('a', 'b', 'x', 0, 1), span('b', 'a', 'y', 0, 1)])), false).length,
    0,
  );
});
