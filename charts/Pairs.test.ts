import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricResult } from '@dyno/contracts/report';
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Pairs } from './Pairs.ts';

const names = { baseline: '<s>naive</s>', candidate: 'with a name of thirty letters' };
const drawn = (pairs: MetricResult['pairs'], ratio: MetricResult['ratio'] = null) =>
  renderToStaticMarkup(
    h(Pairs, { metric: { title: 'p95 latency', unit: 'ms', pairs, ratio } as MetricResult, names }),
  );

test('each block is a line and a ratio; one that was not measured on both sides is neither', () => {
  const markup = drawn([
    { block: 1, baseline: 10, candidate: 5 },
    { block: 2, baseline: 12, candidate: 6 },
    { block: 3, baseline: 12, candidate: 0 },
  ]);
  assert.equal(markup.match(/chart-pairs-pair/g)?.length, 2);
  assert.match(markup, /p95 latency in each of 2 blocks: block 1 −50\u00a0%, block 2 −50\u00a0%\./);
  assert.doesNotMatch(markup, /NaN|Infinity|<s>/);
});

test('one block, and blocks that are all equal, have an axis', () => {
  const markup = drawn([{ block: 1, baseline: 10, candidate: 10 }], {
    estimate: 1,
    low: 0.9,
    high: 1.1,
    level: 0.95,
  });
  assert.doesNotMatch(markup, /NaN|Infinity/);
});

test('no block is no chart', () => assert.equal(drawn([]), ''));
