import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { type Report, reportSchema } from '@dyno/contracts/report';
import { analyse } from '../statistics/analyse.ts';
import { regressions } from '../statistics/verdict.ts';
import { type MadeUp, madeUpRun, seedLike } from './fixtures/run.ts';
import { formatOfFile, renderReport, type TextFormat, textFormats } from './formats.ts';
import { csvCell, markdownLink, xmlText } from './quote.ts';
import { otavaCsv } from './reportCsv.ts';

const hostile =
  '=cmd|"/c calc"!A1,\u001b[31mred\u001b[0m\r\n# head\u202e <img src=x onerror=alert(1)> --> ]]> `code` | [a](http://x.y) @team \u0007\ufffe';

test("a file's name decides the format", () => {
  const names = {
    'r.md': 'markdown',
    'pr.comment.md': 'comment',
    'out/REPORT.JSON': 'json',
    'a.bmf.json': 'bencher',
    'junit.xml': 'junit',
    'runs.otava.csv': 'otava',
    'runs.csv': 'csv',
    'r.txt': 'terminal',
    'r.html': 'html',
    'r.PDF': 'pdf',
  };
  for (const [name, format] of Object.entries(names)) assert.equal(formatOfFile(name), format, name);
  assert.throws(() => formatOfFile('report.docx'), /report\.docx.*--format.*\.xml/);
});

test('a comment has the sentence, one table, thresholds, doubtful guards and links', () => {
  const report = reportOf({ experiment: { thresholds: ['p(95)<1'] } });
  const text = render(report, 'comment').replaceAll('\u00a0', ' ');
  assert.match(text, /^<!-- dyno made-up -->\n\n### ❌ A run that never was\n\n\*\*Improved: mean latency/);
  assert.equal(text.match(/^\| --- \|/gm)?.length, 1, 'one table');
  assert.match(text, /- ✕ p95 latency is \S+ ms, the goal is &lt; 1 ms: not met/);
  assert.match(text, /\[all files\]\(https:\/\/ci\.example\/a%28b\)/);
  assert.doesNotMatch(text, /- ✓ blocks complete/, 'guards that passed are not listed');
});

test('whoever reads a report learns how often the caches had the answer', () => {
  const report: Report = {
    ...reportOf({}),
    caches: [{ cache: 'memory', baseline: null, candidate: { hits: 973, misses: 27 } }],
  };
  const rate = '97.3 % of 1,000';
  for (const format of ['terminal', 'markdown'] as const) {
    const text = render(report, format).replaceAll('\u00a0', ' ');
    assert.ok(text.includes(rate), format);
    assert.ok(!render(reportOf({}), format).includes('of 1,000'), format);
  }
});

test('what a browser measured is in every format, and only where there was one', () => {
  const run = madeUpRun(seedLike);
  const experiment = {
    ...run.plan.experiment,
    primary: 'browser.lcp' as const,
    gated: ['browser.lcp' as const],
    thresholds: ['lcp<1', 'lcp<=-20%'],
  };
  const rounds = run.metrics.rounds.map((round) => ({
    ...round,
    values: { ...round.values, 'browser.lcp': 2 * (round.values['latency.mean'] ?? 0) },
  }));
  const plan = { ...run.plan, experiment };
  const report = reportSchema.parse(analyse({ ...run, plan, metrics: { ...run.metrics, rounds } }));
  assert.match(report.sentence, /^Improved: p75 largest paint /);
  assert.deepEqual(
    report.thresholds.map(({ passed }) => passed),
    [false, true],
  );
  for (const format of textFormats) {
    assert.match(render(report, format), /largest paint|browser[.-]lcp/, format);
    assert.doesNotMatch(render(reportOf({}), format), /largest paint|browser[.-]lcp/, format);
  }
});

test('JUnit has a case for each metric that counts, threshold and guard', (context) => {
  const report = reportOf({ candidate: { meanMs: 700, cpuMsPerRequest: 90 } });
  const text = render(report, 'junit');
  const worse = regressions(report.metrics);
  assert.ok(
    worse.some(({ gated }) => !gated),
    'one that is not gated counts against the candidate, too',
  );
  const counted = report.metrics.filter((metric) => metric.gated || worse.includes(metric));
  const cases = counted.length + report.thresholds.length + report.guards.length;
  assert.match(text, new RegExp(`tests="${cases}" errors="0" skipped="\\d+" failures="\\d+"`));
  assert.equal(text.match(/<testcase /g)?.length, cases);
  const failures = Number(/failures="(\d+)"/.exec(text)?.[1]);
  assert.equal(text.match(/<failure /g)?.length, failures);
  assert.match(
    text,
    /name="latency.mean" classname="dyno.made-up.metrics" time="0"><failure type="dyno.failure"/,
  );
  assertWellFormed(context, text);
});

test('JUnit of a run that does not count fails by its guards, not by its figures', (context) => {
  const report = reportOf({ blocks: 0 });
  const text = render(report, 'junit');
  assert.match(text, /<error type="dyno.error" message="0 complete blocks/);
  assert.doesNotMatch(text.replace(/classname="dyno.made-up.thresholds".*/g, ''), /<failure/);
  assertWellFormed(context, text);
});

test('Bencher Metric Format: a benchmark for each variant, numbers only, units in the names', () => {
  const report = reportOf({});
  const parsed: Record<string, Record<string, Record<string, number>>> = JSON.parse(
    render(report, 'bencher'),
  );
  assert.deepEqual(Object.keys(parsed), ['made-up: naive', 'made-up: optimized']);
  const measures = parsed['made-up: optimized'] ?? {};
  assert.equal(Object.keys(measures).length, report.metrics.length);
  for (const [name, measure] of Object.entries(measures)) {
    assert.match(name, /^[a-z0-9-]{1,64}$/);
    assert.ok(Number.isFinite(measure.value), name);
  }
  const mean = report.metrics.find(({ name }) => name === 'latency.mean');
  assert.deepEqual(measures['latency-mean-ms'], {
    value: mean?.candidate.estimate,
    lower_value: mean?.candidate.low,
    upper_value: mean?.candidate.high,
  });
});

test('Otava: a row a run, the time with its offset in figures, every row as long as the head', () => {
  const [head = [], ...rows] = otavaCsv([reportOf({}), reportOf({ seed: 2 })])
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  assert.equal(head[0], 'time');
  assert.equal(rows.length, 2);
  for (const row of rows) {
    assert.equal(row.length, head.length);
    assert.match(row[0] ?? '', /^2026-01-01T00:00:00\.000\+00:00$/);
    assert.ok(Number(row[head.indexOf('latency.p95')]) > 0);
  }
});

test('CSV: a row a metric', () => {
  const report = reportOf({});
  const lines = render(report, 'csv').trimEnd().split('\n');
  assert.equal(lines.length, report.metrics.length + 1);
  const columns = lines[0]?.split(',').length;
  for (const line of lines) assert.equal(line.split(',').length, columns);
});

test('text from elsewhere is quoted in every format of text', (context) => {
  const report = hostileReport();
  for (const format of textFormats) {
    const text = render(report, format);
    assert.ok(!text.includes('\u001b'), `${format}: escape sequence`);
    // JSON is for programs, and says what was said.
    if (format !== 'json') assert.ok(!text.includes('\u202e'), `${format}: direction mark`);
    if (format === 'junit') assertWellFormed(context, text);
    if (format === 'comment' || format === 'markdown') {
      assert.doesNotMatch(text, /<img|(?<!\\)`code|@team|\]\(http:\/\/x/, format);
      const rows = text.split('\n').filter((line) => line.startsWith('|'));
      const columns = new Set(rows.map((row) => row.match(/(?<!\\)\|/g)?.length));
      assert.equal(columns.size, 1, `${format}: the table is whole`);
    }
  }
});

test('cells that a spreadsheet would take for formulas are text', () => {
  for (const start of ['=', '+', '-', '@', '\t=', '\r=']) assert.match(csvCell(`${start}1+1`), /^'?[='+\-@]/);
  assert.equal(csvCell('=1+1'), "'=1+1");
  assert.equal(csvCell('@SUM(A1)'), "'@SUM(A1)");
  assert.equal(csvCell(-1.5), '-1.5', 'a figure stays a figure');
  assert.equal(csvCell('a "b", c'), '"a ""b"", c"');
  assert.equal(csvCell(null), '');
});

test('a link leads only to plain http, and its address cannot end early', () => {
  assert.equal(markdownLink('x', 'javascript:alert(1)'), 'x');
  assert.equal(markdownLink('x', 'http://a/) [y](z'), '[x](http://a/%29%20%5By%5D%28z)');
  assert.equal(markdownLink('a](http://evil)', 'https://a/'), '[a\\](http:\u200b//evil)](https://a/)');
});

test('XML: attribute and element text, without what XML cannot hold', () => {
  assert.equal(
    xmlText('<a b="c" d=\'e\'>\u0000\ufffe\ud800&'),
    '&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt; &amp;',
  );
});

function render(report: Report, format: TextFormat): string {
  const links = [{ title: 'all files', url: 'https://ci.example/a(b' }];
  return renderReport(report, format, { color: false, links });
}

function reportOf(change: Partial<MadeUp>): Report {
  const run = madeUpRun({ ...seedLike, ...change });
  return analyse(run);
}

/** As the author of an imported run could write it: every field that may hold any text. */
function hostileReport(): Report {
  const report = reportOf({});
  return {
    ...report,
    title: hostile,
    sentence: hostile,
    method: hostile,
    modeReason: hostile,
    planName: hostile,
    notes: [hostile],
    baseline: { ...report.baseline, title: hostile },
    metrics: report.metrics.map((metric) => ({ ...metric, sentence: hostile })),
    guards: [{ name: hostile, status: 'warn', detail: hostile, advice: hostile }],
    thresholds: [{ threshold: hostile, kind: 'absolute', value: 1, passed: false, detail: hostile }],
    exclusions: [{ round: 1, block: 1, variant: 'naive', cause: hostile, detail: hostile }],
  };
}

/** By Python's parser, which is on most machines; there is none in Node. */
function assertWellFormed(context: { diagnostic(message: string): void }, text: string): void {
  const program = 'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())';
  try {
    execFileSync('python3', ['-c', program], { input: text, stdio: 'pipe' });
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing) throw error;
    context.diagnostic('no python3: the XML was not parsed');
  }
}

test('a report whose metrics would steer a terminal is damaged', () => {
  const report = reportOf({});
  assert.ok(reportSchema.safeParse(report).success);
  for (const [key, value] of [
    ['title', 'mean latency\u001b[2J'],
    ['unit', '<img>'],
  ] as const) {
    const metrics = report.metrics.map((metric) => ({ ...metric, [key]: value }));
    assert.equal(reportSchema.safeParse({ ...report, metrics }).success, false);
  }
});
