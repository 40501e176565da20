import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '@dyno/contracts/report';
import { plannedRun, type RunFolder } from '../../../../tests/runFolders/plan.ts';
import { reportOf } from '../../../../tests/runFolders/report.ts';
import { nextSteps } from './nextSteps.ts';

function report(folder: Omit<RunFolder, 'id'>, changed: Partial<Report> = {}): Report {
  return { ...reportOf(plannedRun('', { id: 'a-run', ...folder })), ...changed };
}

const first = (one: Report): string => nextSteps(one)[0]?.text ?? '';

test('an invalid run passes on the advice of the guards that failed, and no other', () => {
  const steps = nextSteps(report({ verdict: 'invalid', candidateErrors: 0.3 }));
  assert.deepEqual(
    steps.map(({ text }) => text),
    ['answers: Mend the candidate, or name the path with --ignore if it may differ.'],
  );
});

test('an undecided run says what would decide it: more blocks, or less noise where a plan has no more', () => {
  const undecided = report({ verdict: 'inconclusive', ratio: 0.99, spread: 0.05, blocks: 8 });
  assert.match(
    first(undecided),
    /^About 17 blocks in all would show a change of 3.% in mean latency; .* had 8/,
  );
  const noisy = undecided.metrics.map((metric) => ({ ...metric, blocksNeeded: 90 }));
  assert.match(first({ ...undecided, metrics: noisy }), /^About 90 blocks .* more than the 20 of a plan/);
  const commands = nextSteps(undecided).map(({ command }) => command);
  const calibrate = `npx dyno calibrate --like ${undecided.runId}`;
  assert.deepEqual(commands.slice(1), ['--mode fine', calibrate]);
  assert.deepEqual(nextSteps({ ...undecided, mode: 'fine' }).map(({ command }) => command)[1], calibrate);
});

test('an interrupted run is gone on with', () => {
  const [step] = nextSteps(
    report({ verdict: 'inconclusive', ratio: 0.99, spread: 0.05 }, { stopped: 'interrupted' }),
  );
  assert.equal(step?.command, 'npx dyno run --resume a-run');
});

test('a mixed run names what got better and what got worse', () => {
  const mixed = report({ verdict: 'mixed', ratio: 0.8, p99Ratio: 1.14 });
  assert.match(first(mixed), /mean latency, p95 latency and CPU per request got better, p99 latency worse/);
  assert.match(nextSteps(mixed).at(-1)?.text ?? '', /^1 goal missed/);
  const ungated = mixed.metrics.map((metric) =>
    metric.name === 'latency.p99' ? { ...metric, gated: false } : metric,
  );
  assert.match(first({ ...mixed, metrics: ungated }), /got better, p99 latency worse/);
});

test('a gain that a goal forbids does not read as a pass', () => {
  assert.deepEqual(
    nextSteps(report({ candidateErrors: 0.02 })).map(({ text }) => text.slice(0, 20)),
    ['See why it is faster', '1 goal missed, so th'],
  );
});
