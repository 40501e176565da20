import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { drawnPoints } from './fixtures/drawnPoints.ts';
import type { OverTime } from './series.ts';
import { rateMarks, Throughput } from './Throughput.ts';

const names = { baseline: 'naive', candidate: 'optimized' };
const band = { block: 1, fromSeconds: 0, windowSeconds: 0, toSeconds: 10, excluded: null };
const data: OverTime = {
  rows: [0.5, 1.5, 2.5].map((x) => ({
    x,
    baselineRate: x === 1.5 ? 0 : 100,
    baselineFailed: 0,
    candidateRate: 200,
    candidateFailed: 0,
  })),
  bands: [
    { ...band, round: 1, side: 'baseline', dropped: 0 },
    { ...band, round: 2, side: 'candidate', dropped: 0 },
  ],
  isOverlapping: true,
  processes: [],
  bucketSeconds: 1,
  latencyDomain: [1, 10],
  failed: 0,
  machineCores: 2,
};
const drawn = (given: OverTime, targetPerSecond: number | null = null) =>
  renderToStaticMarkup(h(Throughput, { data: given, names, targetPerSecond }));

test('the axis begins at 0, and a second without an answer is there', () => {
  const markup = drawn(data);
  assert.match(markup, />0\/s<\/text>/);
  const line = /d="([^"]*)" class="chart-plot-line chart-plot-thin chart-plot-baseline"/.exec(markup)?.[1];
  const [[first, second, third] = []] = drawnPoints(line ?? '');
  assert.deepEqual([first?.[0], second, third?.[0]], [50, [150, 150], 250]);
  assert.match(markup, /naive: between 0 and 100 requests per second/);
});

test('nothing failed is said and needs no strip; not counted is not 0', () => {
  const markup = drawn(data);
  assert.match(markup, />0 failed, 0 not started<\/text>/);
  assert.doesNotMatch(markup, /chart-plot-bar/);
  const uncounted = drawn({ ...data, bands: data.bands.map((one) => ({ ...one, dropped: null })) });
  assert.match(uncounted, />0 failed<\/text>/);
});

test('what failed and what was not started have strips of their own, variants side by side', () => {
  const rows = data.rows.map((row) => ({ ...row, baselineFailed: 3, candidateFailed: 1 }));
  const markup = drawn({
    ...data,
    rows,
    failed: 12,
    bands: data.bands.map((one) => ({ ...one, dropped: 20 })),
  });
  assert.match(markup, /12 failed, 40 not started/);
  const bars = [
    ...markup.matchAll(/<rect x="([\d.]+)" width="([\d.]+)"[^>]*chart-plot-bar chart-plot-(\w+)/g),
  ].map(([, x, width, side]) => [side, Number(x), Number(width)]);
  assert.deepEqual(bars.slice(0, 4), [
    ['baseline', 0, 50],
    ['baseline', 100, 50],
    ['baseline', 200, 50],
    ['candidate', 50, 50],
  ]);
  // Of a whole round: one bar a variant, each half of the window.
  assert.deepEqual(bars.slice(-2), [
    ['baseline', 0, 500],
    ['candidate', 500, 500],
  ]);
});

test('the point under the cross-hair lies on the line of its variant', () => {
  const marks = rateMarks(data, ['baseline', 'candidate'])({ x: 0.5, baselineRate: 0, candidateRate: 210 });
  // The panel begins at 26 and is 150 high; 210 is the top of the axis.
  assert.deepEqual(marks, [
    { side: 'baseline', y: 176 },
    { side: 'candidate', y: 26 },
  ]);
});

test('a part without a failure keeps the strip, so that nothing below moves', () => {
  const heightOf = (markup: string) => /class="chart-plot"[^>]* height="(\d+)"/.exec(markup)?.[1];
  assert.equal(heightOf(drawn({ ...data, failed: 3 })), '266');
  assert.equal(heightOf(drawn(data)), '202');
});

test('what was asked for is a line, and on the axis even where nobody reached it', () => {
  const markup = drawn(data, 450);
  assert.match(markup, />asked for 450\/s<\/text>/);
  assert.match(markup, />400\/s<\/text>/);
});
