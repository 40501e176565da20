import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Errors, failureWords } from './Errors.ts';

const names = { baseline: 'naive', candidate: '<u>new</u>' };
const metric = {
  baseline: { estimate: 0.01, low: 0.005, high: 0.02 },
  candidate: { estimate: 0, low: 0, high: 0.00008 },
  difference: { estimate: -0.01, low: -0.02, high: -0.005, level: 0.997 },
};
const failures = { baseline: { failed: 480, requests: 48_000 }, candidate: { failed: 0, requests: 48_211 } };

test('none of many says how many there can be at most', () => {
  const markup = renderToStaticMarkup(h(Errors, { metric, failures, names }));
  assert.match(markup, />0 of 48,211 \(at most 0\.008\u00a0%\)<\/text>/);
  assert.match(markup, />480 of 48,000, 1\u00a0% \(0\.5\u00a0% to 2\u00a0%\)<\/text>/);
  assert.match(markup, /99\.7\u00a0% interval/);
  assert.doesNotMatch(markup, /<u>/);
});

test('the axis begins at 0, and the interval of none does too', () => {
  const markup = renderToStaticMarkup(h(Errors, { metric, failures, names }));
  const [baseline, candidate] = [
    ...markup.matchAll(/<line x1="([\d.]+)%" x2="([\d.]+)%"[^>]*chart-errors-interval/g),
  ].map(([, from, to]) => [Number(from), Number(to)]);
  assert.deepEqual(candidate?.[0], 0);
  assert.ok(baseline && baseline[0] !== undefined && baseline[0] > 0);
  assert.match(markup, />0\u00a0%<\/text>/);
});

test('no failures anywhere still has an axis', () => {
  const none = { ...metric, baseline: metric.candidate };
  const markup = renderToStaticMarkup(h(Errors, { metric: none, failures, names }));
  assert.doesNotMatch(markup, /NaN|Infinity/);
});

test('an interval that nobody knows leaves an axis that can be read', () => {
  const unknown = { estimate: 0, low: null, high: null };
  const markup = renderToStaticMarkup(
    h(Errors, { metric: { baseline: unknown, candidate: unknown, difference: null }, failures, names }),
  );
  assert.match(markup, />1\u00a0%<\/text>/);
  assert.doesNotMatch(markup, /chart-errors-interval|NaN/);
});

test('without requests or an interval nothing is claimed', () => {
  const unknown = { estimate: 0, low: null, high: null };
  assert.equal(failureWords({ failed: 0, requests: 0 }, metric.candidate), 'no requests');
  assert.equal(failureWords({ failed: 0, requests: 12 }, unknown), '0 of 12');
});
