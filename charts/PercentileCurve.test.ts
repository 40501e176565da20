import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { drawnPoints } from './fixtures/drawnPoints.ts';
import { PercentileCurve } from './PercentileCurve.ts';
import type { PercentilePoint } from './series.ts';

const names = { baseline: 'naive', candidate: 'optimized' };

function point(quantile: number, baseline: number | null, candidate: number | null): PercentilePoint {
  const band = (ms: number | null): [number, number] | null => (ms === null ? null : [ms * 0.9, ms * 1.1]);
  return {
    x: -Math.log10(1 - quantile),
    quantile,
    baseline,
    candidate,
    baselineBand: band(baseline),
    candidateBand: band(candidate),
    ratio:
      baseline === null || candidate === null
        ? null
        : { estimate: candidate / baseline, low: null, high: null },
  };
}

const drawn = (points: PercentilePoint[], more: Partial<Parameters<typeof PercentileCurve>[0]> = {}) =>
  renderToStaticMarkup(h(PercentileCurve, { points, names, ...more }));

/** The x of the last point of each line, in thousandths of the width. */
function endsOf(markup: string): Record<string, number> {
  const lines = [...markup.matchAll(/d="([^"]+)" class="chart-plot-line chart-plot-(baseline|candidate)"/g)];
  return Object.fromEntries(
    lines
      .slice(0, 2)
      .map(([, d = '', side = '']) => [side, drawnPoints(d).at(-1)?.at(-1)?.[0] ?? Number.NaN]),
  );
}

test('a curve ends where its requests end, the other goes on', () => {
  const markup = drawn([point(0, 4, 2), point(0.9, 20, 4), point(0.99, null, 9)]);
  assert.deepEqual(endsOf(markup), { baseline: 500, candidate: 1000 });
});

test('the axis names what lies on it, and each ratio stands under its percentile', () => {
  const markup = drawn([point(0, 4, 2), point(0.5, 10, 5), point(0.9, 20, 4), point(0.99, 40, 2)]);
  for (const word of ['p50', 'p90', 'p99']) assert.match(markup, new RegExp(`>${word}</text>`));
  assert.match(markup, /p50 10\u00a0ms to 5\u00a0ms, −50\u00a0%; p90 20\u00a0ms to 4\u00a0ms, ÷5/);
  assert.match(markup, /Change at each percentile/);
});

test('a band that reaches over decades leaves the picture, and the picture says so', () => {
  const points = [point(0, 4, 2), point(0.9, 20, 4)];
  assert.doesNotMatch(drawn(points), /bands go on/);
  const [first, ...others] = points;
  assert.ok(first);
  assert.match(drawn([{ ...first, baselineBand: [0.001, 9e5] }, ...others]), /bands go on outside/);
});

test('a goal is on the axis, wherever the curves are', () => {
  const markup = drawn([point(0, 4, 2), point(0.99, 9, 4)], { objectives: [{ quantile: 0.95, ms: 200 }] });
  assert.match(markup, /goal: p95 below 200\u00a0ms/);
  assert.match(markup, />200\u00a0ms<\/text>/);
});

test('names of variants are text, never markup', () => {
  const markup = renderToStaticMarkup(
    h(PercentileCurve, {
      points: [point(0, 4, 2), point(0.9, 20, 4)],
      names: { baseline: '<script>alert(1)</script>', candidate: '"><img src=x onerror=alert(1)>' },
    }),
  );
  assert.doesNotMatch(markup, /<script|<img/);
  assert.match(markup, /&lt;script&gt;/);
});

test('one point is no curve', () => {
  assert.equal(drawn([point(0.5, 4, 2)]), '');
});
