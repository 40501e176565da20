import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overallVerdictSchema } from '@dyno/contracts/metrics';
import { plannedRun, type RunFolder } from '../../../../../tests/runFolders/plan.ts';
import { reportOf } from '../../../../../tests/runFolders/report.ts';
import { roundsOf } from '../../../../../tests/runFolders/rounds.ts';
import { timelineOf } from '../../../../../tests/runFolders/timeline.ts';
import { type ReportFiles, reportHtml } from './reportHtml.ts';

test('every verdict comes first, with its mark, its figures and what to do', () => {
  for (const verdict of overallVerdictSchema.options) {
    const ratio = verdict === 'regressed' ? 1.2 : 0.5;
    const html = reportHtml(filesOf({ verdict, ratio }));
    const text = textOf(html);
    const word = `${verdict.charAt(0).toUpperCase()}${verdict.slice(1)}: mean latency 486 ms →`;
    assert.ok(text.includes(word), verdict);
    assert.ok(text.indexOf(word) < text.indexOf('What to do next'), verdict);
    assert.equal(html.includes('Show the figures anyway'), verdict === 'invalid');
  }
});

test('it says how often the caches had the answer', () => {
  assert.match(textOf(reportHtml(filesOf({}))).replaceAll('\u00a0', ' '), /memory\s*–\s*97\.3 % of 1,000/);
});

test('it asks nothing of any place: no script, no address but those inside it', () => {
  const html = reportHtml(filesOf({}));
  assert.doesNotMatch(html, /<script|<link|<iframe|<img|@import|url\(|\son\w+=/i);
  const addresses = [...html.matchAll(/\s(?:href|src|action|xlink:href)="([^"]*)"/g)].map(
    ([, address]) => address,
  );
  assert.ok(addresses.length > 0);
  for (const address of addresses) {
    assert.match(address ?? '', /^#/, address);
    assert.ok(html.includes(`id="${address?.slice(1)}"`), `${address} leads somewhere`);
  }
});

test('text from elsewhere is text, also in titles of pictures', () => {
  const hostile = '"><img src=x onerror=alert(1)></style></title><script>alert(1)</script>\u202e\u001b[31m{}';
  const names = { experiment: 'products', title: hostile, text: hostile };
  const html = reportHtml(filesOf({ ...names, excluded: { 3: { cause: 'steal', detail: hostile } } }));
  for (const never of ['<img', '<script', '\u202e', '\u001b']) assert.ok(!html.includes(never), never);
  assert.equal(html.match(/<\/style>/g)?.length, 1);
  assert.equal(html.match(/<\/title><\/head>|<\/title><style>/g)?.length, 1);
  assert.ok(html.includes('&lt;img src=x onerror=alert(1)&gt;'));
});

test('a run without timeline, plan or machine still says what it found', () => {
  const { report } = filesOf({});
  const nothing = {
    plan: null,
    environment: null,
    timeline: null,
    evidence: null,
    responses: null,
    observer: null,
  };
  const html = reportHtml({ report, rounds: [], ...nothing });
  assert.match(textOf(html), /Improved: mean latency 486 ms/);
  assert.doesNotMatch(html, /id="environment"|id="percentiles"/);
  const unmeasured = { ...report, metrics: [], verdict: 'inconclusive', successful: [] } as const;
  assert.match(
    textOf(reportHtml({ report: { ...unmeasured, metrics: [], successful: [] }, rounds: [], ...nothing })),
    /No metric was measured/,
  );
});

test('every page of paper has the run id and its number', () => {
  const html = reportHtml(filesOf({ id: 'a-run-7f3a' }));
  assert.match(html, /@bottom-left \{ content: "Dyno, run a-run-7f3a"; \}/);
  assert.match(html, /"Page " counter\(page\) " of " counter\(pages\)/);
});

function filesOf(given: Partial<RunFolder>): ReportFiles {
  const run = plannedRun('', { id: 'a-run', ...given });
  const rounds = roundsOf(run);
  return {
    report: reportOf(run),
    plan: run.plan,
    environment: run.environment,
    rounds,
    timeline: timelineOf(run, rounds),
    evidence: null,
    responses: null,
    observer: null,
  };
}

function textOf(html: string): string {
  return html
    .replace(/<style>[\s\S]*<\/style>/, '')
    .replace(/<[^>]*>/g, '')
    .replaceAll('\u00a0', ' ');
}
