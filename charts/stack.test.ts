import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { CpuOverTime } from './CpuOverTime.ts';
import { drawnPoints } from './fixtures/drawnPoints.ts';
import { MemoryOverTime } from './MemoryOverTime.ts';
import type { OverTime } from './series.ts';

const names = { baseline: 'naive', candidate: '<i>new</i>' };
const band = { block: 1, fromSeconds: 0, windowSeconds: 0, excluded: null, dropped: null };
const data: OverTime = {
  rows: [
    { x: 0.5, 'baselineCpu:service': 1, 'baselineCpu:k6': 0.5, 'baselineRss:service': 2 ** 29 },
    { x: 1.5, 'baselineCpu:service': 0.5, 'baselineCpu:k6': 0.5, 'baselineRss:service': 2 ** 29 },
    { x: 2.01 },
    { x: 8.5, 'candidateCpu:service': 0.25 },
  ],
  bands: [
    { ...band, round: 1, side: 'baseline', toSeconds: 2 },
    { ...band, round: 2, side: 'candidate', fromSeconds: 8, windowSeconds: 8, toSeconds: 10 },
  ],
  isOverlapping: false,
  processes: ['service', 'k6'],
  bucketSeconds: 1,
  latencyDomain: [1, 10],
  failed: 0,
  machineCores: 2,
};

const areasOf = (markup: string, side: string): string[] =>
  [
    ...markup.matchAll(
      new RegExp(`d="([^"]*)" style="[^"]*" class="chart-stack-area chart-stack-${side}"`, 'g'),
    ),
  ].map(([, d = '']) => d);
/** The heights of a path's points, from the foot of the panel, in parts of the machine. */
const heights = (d: string): number[] =>
  drawnPoints(d)
    .flat()
    .map(([, y]) => Number(((1 - y / 118) * 2.08).toFixed(2)));

const markup = renderToStaticMarkup(h(CpuOverTime, { data, names }));

test('processes stand on each other, from 0', () => {
  // The upper one is drawn first, down to 0, and the lower one over it.
  const [k6 = '', service = ''] = areasOf(markup, 'baseline');
  assert.deepEqual(heights(service), [1, 1, 0.5, 0.5]);
  assert.deepEqual(heights(k6), [1.5, 1.5, 1, 1]);
  for (const area of [k6, service]) assert.match(area, /V118H0Z$/);
});

test('one bucket alone is as wide as a bucket', () => {
  const [service = ''] = areasOf(markup, 'candidate');
  const across = drawnPoints(service)[0]?.map(([x]) => x);
  assert.deepEqual(across?.slice(0, 3), [800, 850, 900]);
});

test('a round that ends ends its area', () => {
  const next = { x: 2.4, 'baselineCpu:service': 1 };
  const [, ...rest] = areasOf(
    renderToStaticMarkup(
      h(CpuOverTime, { data: { ...data, rows: [...data.rows.slice(0, 3), next] }, names }),
    ),
    'baseline',
  );
  assert.equal(rest[0]?.match(/M/g)?.length, 2);
});

test('the axis reaches to all cores of the machine, and words say the means', () => {
  assert.match(markup, />2 cores<\/text>/);
  assert.match(markup, /machine: 2 cores/);
  assert.match(markup, /naive, on average: service 0\.75 cores, k6 0\.5 cores/);
  assert.doesNotMatch(markup, /<i>new/);
});

test('memory counts in powers of two, and what was not measured is not 0', () => {
  const memory = renderToStaticMarkup(h(MemoryOverTime, { data, names }));
  assert.match(memory, />512\u00a0MiB<\/text>/);
  assert.match(memory, /&lt;i&gt;new&lt;\/i&gt;, on average: not measured/);
  assert.deepEqual(areasOf(memory, 'candidate'), ['', '']);
});
