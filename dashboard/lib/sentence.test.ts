import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricResult, Report } from '@dyno/contracts/report';
import { linkedSentence } from './sentence.ts';

test('each figure of the sentence leads to what backs it, and the text stays as it was', () => {
  const sentence =
    'Improved: mean latency 1,270\u00a0ms → 3.06\u00a0ms, ÷416 (99\u00a0% interval ÷96 to ÷1,800); beyond the noise floor of 2\u00a0%. Decided after 4 blocks. Undecided: error rate.';
  const linked = linkedSentence(reportOf(sentence));
  assert.equal(linked.word, 'Improved:');
  const pieces = [...linked.answer, ...linked.more];
  assert.equal(linked.word + pieces.map(({ text }) => text).join(''), sentence);
  assert.deepEqual(
    pieces.filter(({ href }) => href !== null).map(({ text, href }) => [text, href]),
    [
      ['mean latency', '#row-latency.mean'],
      ['1,270\u00a0ms → 3.06\u00a0ms', '#blocks'],
      ['÷416', '#percentiles'],
      ['÷96 to ÷1,800', '/runs/a/method#path'],
      ['noise floor of 2\u00a0%', '/runs/a/method#method'],
      ['4 blocks', '/runs/a/method#rounds'],
      ['error rate', '#row-errors.rate'],
    ],
  );
});

test('a mixed sentence has two metrics, each with its own evidence', () => {
  const { answer } = linkedSentence(
    reportOf(
      'Mixed: mean latency −22\u00a0% (−25\u00a0% to −19\u00a0%), but CPU per request +14\u00a0% (+9\u00a0% to +19\u00a0%). Gate: failed.',
    ),
  );
  const links = answer.flatMap(({ text, href }) => (href ? [[text, href]] : []));
  assert.deepEqual(links.slice(1, 3), [
    ['−22\u00a0%', '#percentiles'],
    ['−25\u00a0% to −19\u00a0%', '/runs/a/method#path'],
  ]);
  assert.deepEqual(links.slice(4), [
    ['+14\u00a0%', '#cpu'],
    ['+9\u00a0% to +19\u00a0%', '#row-cpu.perRequest'],
  ]);
});

function reportOf(sentence: string): Report {
  const metric = (name: string, title: string, path: number) => ({
    name,
    title,
    path: Array.from({ length: path }),
    pairs: Array.from({ length: path }),
  });
  return {
    runId: 'a',
    verdict: 'improved',
    primary: 'latency.mean',
    sentence,
    metrics: [
      metric('latency.mean', 'mean latency', 1),
      metric('errors.rate', 'error rate', 0),
      metric('cpu.perRequest', 'CPU per request', 0),
    ] as unknown as MetricResult[],
  } as unknown as Report;
}
