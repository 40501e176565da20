import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { drawnPoints } from './fixtures/drawnPoints.ts';
import { LatencyOverTime, latencyMarks } from './LatencyOverTime.ts';
import type { OverTime, TimeRow } from './series.ts';

const names = { baseline: 'naive', candidate: '<b>optimized</b>' };

const at = (x: number, side: 'baseline' | 'candidate', ms: number): TimeRow => ({
  x,
  [`${side}P5`]: ms / 2,
  [`${side}P50`]: ms,
  [`${side}P95`]: ms * 2,
});

const data: OverTime = {
  rows: [
    ...[0.5, 1.5, 2.5].map((x) => at(x, 'baseline', 10)),
    // A second without an answer, then one alone.
    at(4.5, 'baseline', 10),
    { x: 5.01 },
    ...[10.5, 11.5].map((x) => at(x, 'candidate', 0)),
    { x: 20.01 },
  ],
  bands: [
    {
      round: 1,
      block: 1,
      side: 'baseline',
      fromSeconds: 0,
      windowSeconds: 1,
      toSeconds: 5,
      excluded: null,
      dropped: 0,
    },
    {
      round: 2,
      block: 1,
      side: 'candidate',
      fromSeconds: 10,
      windowSeconds: 10,
      toSeconds: 20,
      excluded: 'the <clock> jumped',
      dropped: 0,
    },
  ],
  isOverlapping: false,
  processes: [],
  bucketSeconds: 1,
  latencyDomain: [1, 100],
  failed: 0,
  machineCores: 2,
};

const lineOf = (markup: string, side: string): string =>
  new RegExp(`d="([^"]*)" class="chart-plot-line chart-plot-thin chart-plot-${side}"`).exec(markup)?.[1] ??
  '';

const markup = renderToStaticMarkup(h(LatencyOverTime, { data, names }));

test('a gap stays a gap, and a second alone is still seen', () => {
  assert.equal(lineOf(markup, 'baseline').match(/M/g)?.length, 2);
  assert.match(lineOf(markup, 'baseline'), /M225 65l0 0$/);
});

test('a median of 0 is drawn at the foot of the logarithmic axis', () => {
  assert.equal(lineOf(markup, 'candidate'), 'M525 130l50 0');
  assert.doesNotMatch(markup, /NaN|Infinity/);
});

test('each variant has its panel with its name; alive at once they share one', () => {
  assert.equal(markup.match(/>naive<\/text>/g)?.length, 1);
  const together = renderToStaticMarkup(
    h(LatencyOverTime, { data: { ...data, isOverlapping: true }, names }),
  );
  assert.doesNotMatch(together, />naive<\/text>/);
  assert.equal(together.match(/chart-plot-line/g)?.length, 2);
});

test('a variant alone has the room of both, and the scale can be linear', () => {
  const heightOf = (drawing: string) => /class="chart-plot"[^>]* height="(\d+)"/.exec(drawing)?.[1];
  const alone = renderToStaticMarkup(
    h(LatencyOverTime, { data, names, shown: ['candidate'], scale: 'linear' }),
  );
  assert.equal(heightOf(alone), heightOf(markup));
  assert.equal(lineOf(alone, 'baseline'), '');
  assert.equal(lineOf(alone, 'candidate'), 'M525 290l50 0');
  assert.match(alone, />linear, from 0<\/text>/);
});

test('the point under the cross-hair lies on the line, in the panel of its variant', () => {
  const both = latencyMarks(data, ['baseline', 'candidate'], 'log');
  assert.deepEqual(both(at(1, 'baseline', 10)), [{ side: 'baseline', y: 26 + 65 }]);
  // Below the first panel: 130 high, a gap and the name.
  assert.deepEqual(both(at(1, 'candidate', 100)), [{ side: 'candidate', y: 26 + 130 + 30 }]);
  assert.match(markup, /<svg y="26"[^>]*height="130"/);
  assert.match(markup, /<svg y="186"[^>]*height="130"/);
  assert.deepEqual(latencyMarks(data, ['candidate'], 'linear')(at(1, 'candidate', 50)), [
    { side: 'candidate', y: 26 + 145 },
  ]);
});

test('an excluded round is striped and says why, as text', () => {
  assert.equal(markup.match(/chart-time-excluded/g)?.length, 1);
  assert.match(markup, /Round 2 does not count: the &lt;clock&gt; jumped/);
  assert.match(markup, /Not counted: round 2 from 0:10 to 0:20/);
});

test('names of variants are text, never markup', () => {
  assert.doesNotMatch(markup, /<b>/);
  assert.match(markup, /&lt;b&gt;optimized/);
});

test('a part of the run has its own axis', () => {
  const part = renderToStaticMarkup(h(LatencyOverTime, { data, names, part: [0, 5] }));
  const [first, next] = drawnPoints(lineOf(part, 'baseline'));
  assert.deepEqual(first, [
    [100, 65],
    [300, 65],
    [500, 65],
  ]);
  assert.deepEqual(next?.[0], [900, 65]);
  assert.match(part, />0:05<\/text>/);
});
