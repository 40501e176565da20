import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AblationMetric } from '@dyno/contracts/ablation';
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Waterfall } from './Waterfall.ts';

const ratio = (estimate: number, reach = 1.1) => ({
  estimate,
  low: estimate / reach,
  high: estimate * reach,
  level: 0.95,
});

const one = (name: string, estimate: number, verdict: AblationMetric['switches'][number]['verdict']) => ({
  name,
  worth: ratio(estimate),
  p: 0,
  adjustedP: 0,
  verdict,
  alone: ratio(estimate),
  together: ratio(estimate),
  interaction: ratio(1),
  confirmed: false,
  sentence: `${name} in <b>words</b>.`,
});

const metric: AblationMetric = {
  name: 'cpu.perRequest',
  title: 'CPU per request',
  unit: 'ms CPU',
  baseline: 40,
  optimized: 2.4,
  switches: [
    one('indexes', 0.1, 'improved'),
    one('nothing', 1, 'inconclusive'),
    one('json', 1.2, 'regressed'),
  ],
  interactions: [],
  product: ratio(0.12),
  whole: ratio(0.06),
  remainder: ratio(0.5),
  agrees: false,
  sentence: '',
};

/** Where the lines of one kind begin and end, in percent of the width. */
function places(markup: string, part: string): [number, number][] {
  const lines = markup.match(new RegExp(`<line[^>]*class="chart-waterfall-${part}"`, 'g')) ?? [];
  return lines.map((line) => [
    Number(/x1="([\d.]+)%/.exec(line)?.[1]),
    Number(/x2="([\d.]+)%/.exec(line)?.[1]),
  ]);
}

test('each step begins where the one before it ended, equal factors equally long, with an interval around its end', () => {
  const markup = renderToStaticMarkup(h(Waterfall, { metric }));
  const [indexes, json, product] = places(markup, 'step');
  assert.ok(indexes && json && product, markup);
  const perFactor = (indexes[0] - indexes[1]) / Math.log(10);
  assert.ok(Math.abs(json[0] - indexes[1]) < 1e-6, 'nothing moves nothing');
  assert.ok(Math.abs((json[1] - json[0]) / Math.log(1.2) - perFactor) < 1e-6);
  assert.ok(Math.abs(product[1] - json[1]) < 1e-6, 'the product ends where the steps do');
  for (const [low, high] of places(markup, 'interval'))
    assert.ok(Math.abs((high - low) / (2 * Math.log(1.1)) - perFactor) < 1e-6);
});

test('what hurts is told in words, and text from elsewhere is text', () => {
  const markup = renderToStaticMarkup(h(Waterfall, { metric }));
  assert.match(markup, /data-kind="hurts"[\s\S]*\+20\u00a0%, hurts/);
  assert.match(markup, /data-kind="unsure"/);
  assert.doesNotMatch(markup, /NaN|Infinity|<b>/);
  assert.match(markup, />everything on, measured<[\s\S]*÷16\.7, 2\.4\u00a0ms/);
});
