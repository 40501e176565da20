import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Report, reportSchema } from '@dyno/contracts/report';
import type { Round } from '@dyno/contracts/run';
import { type MadeUp, madeUpRun, seedLike } from '../report/fixtures/run.ts';
import { analyse } from './analyse.ts';

const { baseline } = seedLike;

const guardCases: { guard: string; spoil(round: Round): Round }[] = [
  {
    guard: 'load delivered',
    spoil: (round) => ({ ...round, load: { ...round.load, droppedIterations: 1 } }),
  },
  {
    guard: 'samples complete',
    spoil: (round) => ({ ...round, load: { ...round.load, requests: round.load.requests + 1 } }),
  },
  {
    guard: 'windows of equal length',
    spoil: (round) =>
      round.round === 3
        ? { ...round, window: { ...round.window, endMs: round.window.startMs + 9000, durationMs: 9000 } }
        : round,
  },
  {
    guard: 'clock steady',
    spoil: (round) =>
      round.round === 3
        ? { ...round, window: { ...round.window, endMs: round.window.endMs + 30_000 } }
        : round,
  },
];
for (const { guard, spoil } of guardCases) {
  test(`a failed guard makes the run invalid, exit 4: ${guard}`, () => {
    const report = reportOf({ ...seedLike, spoil });
    assert.deepEqual(
      report.guards.filter(({ status }) => status === 'fail').map(({ name }) => name),
      [guard],
    );
    assert.equal(report.verdict, 'invalid');
    assert.equal(report.exitCode, 4);
    assert.match(report.sentence, /^Invalid: /);
  });
}

test('a baseline in which one request in a hundred fails is invalid', () => {
  const report = reportOf({ ...seedLike, baseline: { ...baseline, failed: 5 } });
  assert.equal(report.verdict, 'invalid');
  assert.match(report.sentence, /20 of 1,\d+ requests failed in the baseline/);
});

test('a generator that takes half of the machine is a warning', () => {
  const report = reportOf({
    ...seedLike,
    spoil: (round) => ({
      ...round,
      usage: [{ process: 'k6', cpuSeconds: 12, rssBytesMax: 1, contextSwitches: 1 }],
    }),
  });
  assert.equal(report.guards.find(({ name }) => name === 'generator has room')?.status, 'warn');
  assert.equal(report.verdict, 'improved');
});

test('a machine on which something else runs is a warning', () => {
  const guardOf = (busyCpuSeconds: number) =>
    reportOf({
      ...seedLike,
      spoil: (round) => ({ ...round, machine: { ...round.machine, busyCpuSeconds } }),
    }).guards.find(({ name }) => name === 'machine to itself')?.status;
  assert.equal(guardOf(0), 'pass');
  assert.equal(guardOf(100), 'warn');
});

function reportOf(made: MadeUp): Report {
  return reportSchema.parse(analyse(madeUpRun(made)));
}
