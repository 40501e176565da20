import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Known, viewOf } from './viewQuery.ts';
import {
  chartIds,
  defaultView,
  isShown,
  isTable,
  queryOf,
  type ViewState,
  withSide,
  withTable,
} from './viewState.ts';

const known: Known = {
  candidates: ['optimized'],
  metrics: ['latency.mean', 'latency.p95'],
  blocks: [1, 2, 3, 4],
  endSeconds: 240,
};

const read = (address: string) => viewOf(Object.fromEntries(new URLSearchParams(address)), known);

test('what is set up comes back from its address', () => {
  const states: Partial<ViewState>[] = [
    {},
    { t: [120, 180.5], scale: 'linear' },
    { candidate: 'optimized', metric: 'latency.p95', p: 99.9, block: 3 },
    { show: ['baseline', 'ecdf'], view: ['percentiles', 'cpu-over-time'] },
    { view: 'table' },
  ];
  for (const given of states) {
    const state = { ...defaultView, ...given };
    assert.deepEqual(read(queryOf(state)), { state, notes: [] });
  }
});

test('an address says only what is not as usual, and keeps what others put there', () => {
  assert.equal(queryOf(defaultView), '');
  assert.equal(queryOf({ ...defaultView, t: [120, 180] }), '?t=120-180');
  const before = new URLSearchParams('all=1&t=1-2&scale=linear');
  assert.equal(
    queryOf({ ...defaultView, view: ['latency', 'memory'] }, before),
    '?all=1&view=latency,memory',
  );
});

test('what nobody knows is left out and said; the rest counts', () => {
  const { state, notes } = read(
    `?scale=cubic&t=180-120&block=9&metric=latency.p42&p=100&candidate=x&show=both&view=pie&other=1`,
  );
  assert.deepEqual(state, defaultView);
  assert.deepEqual(notes, [
    'candidate=x was left out: known: optimized.',
    'metric=latency.p42 was left out: known: latency.mean, latency.p95.',
    'p=100 was left out: a percentile from 0 to 99.99.',
    'scale=cubic was left out: known: log, linear.',
    't=180-120 was left out: two moments between 0 and 240 seconds.',
    'block=9 was left out: known: 1, 2, 3, 4.',
    'show=both was left out: known: baseline, candidate, ecdf.',
    `view=pie was left out: known: table, ${chartIds.join(', ')}.`,
  ]);
  assert.deepEqual(read('?scale=cubic&block=2').state, { ...defaultView, block: 2 });
});

test('hostile values are text of at most a line', () => {
  for (const value of ['<script>', 'x'.repeat(10_000), '\u0000', '-1', '1e9', '../..'])
    for (const key of ['t', 'p', 'block', 'scale', 'show', 'view', 'metric', 'candidate']) {
      const { state, notes } = viewOf({ [key]: value }, known);
      assert.deepEqual(state, defaultView);
      assert.ok(notes.length === 1 && (notes[0]?.length ?? 0) < 250, `${key}=${value}`);
    }
  assert.equal(viewOf({ block: ['2', '3'] }, known).state.block, 2);
});

test('the time axis ends with the run', () => {
  assert.deepEqual(read('?t=200-900').state.t, [200, 240]);
  assert.equal(read('?t=300-900').state.t, null);
});

test('charts become tables one by one, and all of them are "table"', () => {
  const one = withTable(defaultView, 'latency', true);
  assert.deepEqual(one.view, ['latency']);
  const all = chartIds.reduce((state, id) => withTable(state, id, true), defaultView);
  assert.equal(all.view, 'table');
  const but = withTable(all, 'errors', false);
  assert.equal(isTable(but, 'errors'), false);
  assert.equal(isTable(but, 'memory'), true);
});

test('one variant can be hidden, never both', () => {
  const alone = withSide(defaultView, 'candidate', false);
  assert.deepEqual([isShown(alone, 'baseline'), isShown(alone, 'candidate')], [true, false]);
  const other = withSide(alone, 'baseline', false);
  assert.deepEqual([isShown(other, 'baseline'), isShown(other, 'candidate')], [false, true]);
  assert.deepEqual(withSide(other, 'baseline', true).show, []);
});
