import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Report } from '@dyno/contracts/report';
import { analyse } from '../statistics/analyse.ts';
import { type MadeUp, madeUpRun, seedLike } from './fixtures/run.ts';
import { markdownText, terminalText } from './quote.ts';
import { reportCsv } from './reportCsv.ts';
import { reportMarkdown } from './reportMarkdown.ts';
import { reportTerminal } from './reportTerminal.ts';

test('the terminal shows the sentence, the table, goals, guards, notes and links', () => {
  const report = reportOf(seedLike);
  const links = [{ title: 'dashboard', url: 'http://127.0.0.1:1/runs/made-up-1' }];
  const text = reportTerminal(report, { color: false, links });
  assert.equal(text, stripVTControlCharacters(text));
  const lines = text.replaceAll('\u00a0', ' ').split('\n');
  assert.equal(lines[0], report.sentence.replaceAll('\u00a0', ' '));
  assert.match(lineWith(lines, 'naive'), /naive +optimized +change +99 % interval +detectable +verdict$/);
  assert.match(
    lineWith(lines, '  mean latency'),
    /\d ms ±\S+ % +\S+ ms ±\S+ % +÷\S+ +\[÷\S+, ÷\S+\] +\S+ % {2}improved$/,
  );
  assert.match(lineWith(lines, 'p50 latency'), /\(improved\)$/);
  assert.match(
    lineWith(lines, 'error rate'),
    /0 % +0 % +~0 points +\[−\S+, \+\S+ points\] +– {2}equivalent$/,
  );
  assert.match(lineWith(lines, 'the goal is < 500 ms'), /✓ mean latency is \S+ ms/);
  assert.match(lineWith(lines, 'guards passed'), /✓ 14 guards passed/);
  assert.match(lineWith(lines, 'saturated'), /not saturated on 2 cores/);
  assert.match(lineWith(lines, 'http:'), /dashboard {2}http:\/\/127\.0\.0\.1:1\/runs\/made-up-1/);
});

test('columns of the terminal table line up', () => {
  const lines = reportTerminal(reportOf(seedLike), { color: false }).split('\n').slice(1);
  const head = lineWith(lines, 'detectable');
  const ends = ['naive', 'optimized', 'change'].map((title) => head.indexOf(title) + title.length);
  for (const title of ['mean latency', 'requests per second', 'CPU per request']) {
    const line = lineWith(lines, title);
    for (const end of ends) assert.match(line.slice(end - 1, end + 1), /\S /, `${title} ends at ${end}`);
  }
});

test('colour is added and nothing else', () => {
  const report = reportOf(seedLike);
  const colored = reportTerminal(report, { color: true });
  assert.notEqual(colored, stripVTControlCharacters(colored));
  assert.equal(stripVTControlCharacters(colored), reportTerminal(report, { color: false }));
});

test('Markdown has the same table and every guard', () => {
  const report = reportOf(seedLike);
  const text = reportMarkdown(report).replaceAll('\u00a0', ' ');
  assert.match(text, /^# A run that never was\n\n\*\*Improved: mean latency/);
  assert.match(
    text,
    /\| mean latency \| \d+ ms ±\S+ % \| \S+ ms ±\S+ % \| ÷\S+ \| \[÷\S+, ÷\S+\] \| \S+ % \| improved \|/,
  );
  for (const { name } of report.guards) assert.ok(text.includes(`- ✓ ${name}: `), name);
  assert.match(text, /4 of at most 8 blocks, isolated mode, seed 1\.\n$/);
});

const hostile =
  '\u001b[31mred\u001b[0m\r\n# head\u202e <img src=x onerror=alert(1)> `code` | [a](http://x.y) @team #12 \u0007';

test('text from elsewhere is quoted: in the terminal', () => {
  assert.equal(
    terminalText(hostile),
    'red # head <img src=x onerror=alert(1)> `code` | [a](http://x.y) @team #12',
  );
  const report = { ...reportOf(seedLike), notes: [hostile] };
  assert.ok(!reportTerminal(report, { color: false }).includes('\u001b'));
});

test('text from elsewhere is quoted: in Markdown', () => {
  const quoted = markdownText(hostile);
  for (const live of ['<img', '`code`', ' | ', '[a]', 'http://', '@team', '#12', '\n', '\u001b']) {
    const unescaped = quoted.replace(/\\./g, '');
    assert.ok(!unescaped.includes(live), `${live} in ${quoted}`);
  }
  assert.equal(markdownText('# head'), '\\# head');
  assert.equal(markdownText('1. one'), '1\\. one');
  assert.equal(markdownText('9.05 ms, −5 %'), '9.05 ms, −5 %', 'figures stay as they are');
  const titled = { ...reportOf(seedLike), title: hostile };
  assert.ok(!reportMarkdown(titled).includes('<img'));
});

test('a run that does not count calls no figure better or worse', () => {
  const made = madeUpRun(seedLike);
  const report = analyse({
    ...made,
    rounds: made.rounds.map((round) => ({ ...round, load: { ...round.load, droppedIterations: 1_000 } })),
  });
  assert.equal(report.verdict, 'invalid');
  assert.ok(report.metrics.some(({ verdict }) => verdict === 'improved'));
  const texts = [
    reportTerminal(report, { color: false }),
    reportTerminal(report, { color: true }),
    reportMarkdown(report),
    reportCsv(report),
  ];
  for (const text of texts) {
    assert.match(text, /~÷|invalid/);
    assert.doesNotMatch(text, /improved|regressed|equivalent/);
  }
});

test('what has turned the verdict is not for information, gated or not', () => {
  const report = reportOf({ ...seedLike, candidate: { ...seedLike.candidate, p99OverMean: 500 } });
  assert.equal(report.verdict, 'mixed', report.sentence);
  assert.equal(report.metrics.find(({ name }) => name === 'latency.p99')?.gated, false);
  const lines = reportTerminal(report, { color: false }).split('\n');
  assert.match(lineWith(lines.slice(1), 'p99 latency'), /[^(]regressed$/);
  assert.match(lineWith(lines.slice(1), 'p50 latency'), /\(improved\)$/);
});

test('a report without a block is still a text', () => {
  const report = reportOf({ ...seedLike, blocks: 0 });
  assert.match(reportTerminal(report, { color: false }), /^Invalid: 0 complete blocks/);
  assert.match(reportMarkdown(report), /\*\*Invalid: 0 complete blocks/);
});

function reportOf(made: MadeUp): Report {
  return analyse(madeUpRun(made));
}

function lineWith(lines: readonly string[], part: string): string {
  return lines.find((line) => line.includes(part)) ?? assert.fail(`no line with ${part}`);
}
