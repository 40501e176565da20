import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Distribution } from './Distribution.ts';
import { drawnPoints } from './fixtures/drawnPoints.ts';

const names = { baseline: 'a&b', candidate: 'optimized' };
const bins = [
  { fromMs: 1, toMs: 10, baseline: 0, candidate: 0.75 },
  { fromMs: 10, toMs: 100, baseline: 0.6, candidate: 0.25 },
  { fromMs: 100, toMs: 1000, baseline: 0.4, candidate: 0 },
];
const lineOf = (markup: string, side: string): string =>
  new RegExp(`d="([^"]*)" class="chart-plot-line[^"]* chart-plot-${side}"`).exec(markup)?.[1] ?? '';

test('bins are equally wide, stand on 0 and begin with the first full one', () => {
  const markup = renderToStaticMarkup(h(Distribution, { bins, names }));
  assert.match(lineOf(markup, 'baseline'), /^M333\.3 320V[\d.]+H666\.7V[\d.]+H1000V320$/);
  assert.match(lineOf(markup, 'candidate'), /^M0 320V[\d.]+H333\.3V[\d.]+H666\.7V320$/);
  assert.match(markup, />60\u00a0%<\/text>/);
  assert.match(
    markup,
    /a&amp;b: half of the requests within 100\u00a0ms; optimized: half of the requests within 10\u00a0ms/,
  );
});

test('words below do not touch, and powers of ten are the first to stay', () => {
  const far = [
    { fromMs: 0.9, toMs: 1.1, baseline: 0, candidate: 1 },
    { fromMs: 900, toMs: 1100, baseline: 1, candidate: 0 },
  ];
  const wide = renderToStaticMarkup(h(Distribution, { bins: far, names }));
  const words = [...wide.matchAll(/<text x="([\d.]+)%"[^>]*middle[^>]*>([^<]*)</g)];
  assert.deepEqual(
    words.map(([, , word]) => word?.replace('\u00a0', ' ')),
    ['1 ms', '10 ms', '100 ms', '1 s'],
  );
});

test('cumulative shares begin at 0 and end at all', () => {
  const markup = renderToStaticMarkup(h(Distribution, { bins, names, kind: 'cumulative' }));
  const heights = drawnPoints(lineOf(markup, 'candidate'))
    .flat()
    .map(([, y]) => Number(((1 - y / 320) * 1.04).toFixed(2)));
  assert.deepEqual(heights, [0, 0.75, 1, 1]);
});

test('a variant without a request draws nothing and says so; none at all is no chart', () => {
  const without = bins.map((bin) => ({ ...bin, candidate: 0 }));
  const markup = renderToStaticMarkup(h(Distribution, { bins: without, names }));
  assert.equal(lineOf(markup, 'candidate'), '');
  assert.match(markup, /optimized: not measured/);
  assert.equal(renderToStaticMarkup(h(Distribution, { bins: [], names })), '');
});
