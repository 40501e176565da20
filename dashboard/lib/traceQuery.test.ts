import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceStateOf } from './traceQuery.ts';

const usual = { isFitted: true, isUnfolded: false };

test('what an address does not say is as usual', () => {
  assert.deepEqual(traceStateOf({}, usual), { state: usual, notes: [] });
  assert.deepEqual(traceStateOf({ axis: 'same', spans: ['all', 'folded'] }, usual).state, {
    isFitted: false,
    isUnfolded: true,
  });
});

test('what nobody knows is left out and said; the rest counts', () => {
  const { state, notes } = traceStateOf({ axis: '<script>'.repeat(9), spans: 'all', other: 'x' }, usual);
  assert.deepEqual(state, { isFitted: true, isUnfolded: true });
  assert.deepEqual(notes, [`axis=${'<script>'.repeat(5)} was left out: known: same, fit.`]);
});
