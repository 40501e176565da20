import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  barsOf,
  criticalPath,
  growTrace,
  type LooseSpan,
  packTrace,
  rowsOf,
  type SpanPart,
  selfMs,
  type Trace,
  timeByPart,
  unpackTrace,
} from './trace.ts';

/** Parent, name, start, duration; `db` and `redis` in a name say the part. */
type Line = [parent: number | null, name: string, startMs: number, durationMs: number];

function grown(lines: Line[], hasCoarseStarts = false): Trace {
  const loose = lines.map(
    ([parent, name, startMs, durationMs]): LooseSpan => ({
      parent,
      name,
      service: 'api',
      part: partOf(name),
      statement: name.startsWith('db') ? `select ${name}` : null,
      startMs,
      durationMs,
      failed: false,
    }),
  );
  return growTrace('abc', hasCoarseStarts, loose);
}
const partOf = (name: string): SpanPart =>
  name.startsWith('db') ? 'database' : name.startsWith('redis') ? 'cache' : 'app';
const folded = { isUnfolded: false, toggled: new Set<string>() };
const oneByOne = (count: number): Line[] =>
  Array.from({ length: count }, (_, index): Line => [0, 'db', 1 + index * 2, 1]);

test('five equal siblings are one line, which opens and closes, and every span is there when asked for', () => {
  const trace = grown([[null, 'GET', 0, 20], ...oneByOne(5), [0, 'redis', 1.5, 1]]);
  const rows = rowsOf(trace, folded);
  assert.deepEqual(
    rows.map(({ key, members, totalMs, isOpen }) => [key, members.length, totalMs, isOpen]),
    [
      ['span-0', 1, 20, true],
      ['fold-1', 5, 5, false],
      ['span-2', 1, 1, null],
    ],
  );
  const opened = rowsOf(trace, { isUnfolded: false, toggled: new Set(['fold-1']) });
  assert.deepEqual(
    opened.map(({ depth }) => depth),
    [0, 1, 2, 2, 2, 2, 2, 1],
  );
  assert.equal(rowsOf(trace, { isUnfolded: false, toggled: new Set(['span-0']) }).length, 1);
  assert.equal(rowsOf(trace, { isUnfolded: true, toggled: new Set() }).length, 7);
  assert.equal(rowsOf(grown([[null, 'GET', 0, 20], ...oneByOne(4)]), folded).length, 5);
});

test('statements that differ in their values alone are equal', () => {
  const trace = grown([
    [null, 'GET', 0, 20],
    ...[1, 2, 3, 4, 5].map((at): Line => [0, `db where id = ${at}`, at, 0.5]),
  ]);
  for (const span of trace.spans.slice(1)) span.name = 'select';
  assert.deepEqual(
    rowsOf(trace, folded).map(({ members }) => members.length),
    [1, 5],
  );
});

test('the critical path goes back from the end, and covers the request once', () => {
  // Two queries beside each other, of which the longer one is waited for, then one more.
  const trace = grown([
    [null, 'GET', 0, 10],
    [0, 'db short', 1, 2],
    [0, 'db long', 1, 4],
    [0, 'redis', 6, 3],
  ]);
  const path = [...criticalPath(trace)].map(([{ name }, stretches]) => [
    name,
    stretches.map(({ fromMs, toMs }) => [fromMs, toMs]),
  ]);
  assert.deepEqual(
    new Map(path as [string, number[][]][]),
    new Map([
      [
        'GET',
        [
          [0, 1],
          [5, 6],
          [9, 10],
        ],
      ],
      ['redis', [[6, 9]]],
      ['db long', [[1, 5]]],
    ]),
  );
  assert.deepEqual(timeByPart(trace), { app: 3, database: 4, cache: 3, other: 0 });
});

test('work behind the answer is not waited for', () => {
  const trace = grown([
    [null, 'GET', 0, 10],
    [0, 'db late', 8, 6],
  ]);
  assert.deepEqual([trace.durationMs, trace.requestMs], [14, 10]);
  assert.deepEqual(timeByPart(trace), { app: 8, database: 2, cache: 0, other: 0 });
});

test('starts that were cut to whole milliseconds do not hide one query behind the next', () => {
  const lines: Line[] = [
    [null, 'GET', 0, 4],
    [0, 'db', 0, 1.6],
    [0, 'db', 1, 1.6],
  ];
  assert.equal(timeByPart(grown(lines, true)).database, 2.6);
  assert.equal(timeByPart(grown(lines, false)).database, 1.6);
});

test("a span's own time is what the spans below it leave, overlaps counted once", () => {
  const trace = grown([
    [null, 'GET', 0, 10],
    [0, 'db', 1, 4],
    [0, 'db', 3, 4],
    [0, 'db', 9, 5],
  ]);
  assert.equal(trace.spans[0] && selfMs(trace.spans[0]), 3);
});

test('bars that nearly touch are one', () => {
  const trace = grown(oneByOne(4).map(([, name, startMs, durationMs]) => [null, name, startMs, durationMs]));
  assert.equal(barsOf(trace.spans, 0.5).length, 4);
  assert.deepEqual(barsOf(trace.spans, 1), [{ fromMs: 1, toMs: 8 }]);
});

test('a trace survives the way to the browser', () => {
  const trace = grown([[null, 'GET', 0, 20.000_001], ...oneByOne(6), [3, 'redis', 5.25, 0.125]], true);
  assert.deepEqual(unpackTrace(packTrace(trace)), trace);
});

test('a chain as deep as a file is long is drawn, and thousands of spans take no time to speak of', () => {
  const depth = 20_000;
  const chain = grown(
    Array.from(
      { length: depth },
      (_, index): Line => [index === 0 ? null : index - 1, 'x', index, depth - index],
    ),
  );
  assert.equal(rowsOf(chain, folded).length, depth);
  assert.equal(criticalPath(chain).size, depth);
});
