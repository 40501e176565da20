import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '@dyno/contracts/report';
import { analyse } from '../statistics/analyse.ts';
import { standingOf } from './against.ts';
import { type MadeUp, madeUpRun, seedLike } from './fixtures/run.ts';
import { historyOf } from './history.ts';
import { historyTerminal, standingTerminal } from './historyTerminal.ts';

const quiet: MadeUp = {
  ...seedLike,
  blocks: 8,
  baseline: { meanMs: 20, cpuMsPerRequest: 4 },
  candidate: { meanMs: 10, cpuMsPerRequest: 2 },
  noise: 0.01,
};

test('a level that changed is found at its run, in the figure and beside the baseline', () => {
  const runs = Array.from({ length: 16 }, (_, index) =>
    reportOf(index + 1, index < 8 ? {} : { candidate: { meanMs: 12, cpuMsPerRequest: 2 } }),
  );
  const history = historyOf(runs);
  const changes = history?.changes.filter(({ metric }) => metric === 'latency.mean') ?? [];
  assert.deepEqual(
    changes.map(({ of, runId }) => [of, runId]),
    [
      ['ratio', 'run-9'],
      ['candidate', 'run-9'],
    ],
  );
  const [ratio] = changes;
  assert.ok(ratio && Math.abs(ratio.after / ratio.before - 1.2) < 0.02);
  assert.ok(!history?.changes.some(({ metric }) => metric === 'cpu.perRequest'), 'nothing else changed');
  assert.ok(history);
  const text = historyTerminal(history, 'latency.mean').replaceAll('\u00a0', ' ');
  assert.match(text, /^made-up, optimized: 16 runs, mean latency\./);
  assert.match(text, /run-9 .* ◂ .* ◂ +improved/);
  assert.match(
    text,
    /◂ mean latency changed with run run-9: (?:10|9\.9\d) ms → 1[12](?:\.\d)? ms \(\+\d+(?:\.\d)? %, p = 0\.00\d\)\./,
  );
});

test('the commit of a run is that of the git ref that was measured', () => {
  const report = reportOf(1, {});
  const commit = 'c'.repeat(40);
  const ofRef = { ...report, candidate: { ...report.candidate, commit } };
  assert.equal(historyOf([ofRef])?.rows[0]?.commit, commit);
  assert.equal(historyOf([report])?.rows[0]?.commit, report.environment.git?.commit ?? null);
});

test('another mode of measuring is told where it began', () => {
  const runs = [1, 2, 3].map((number) => {
    const report = reportOf(number, {});
    const mode = report.mode === 'fine' ? ('isolated' as const) : ('fine' as const);
    return number < 3 ? report : { ...report, mode };
  });
  const told = historyOf(runs)?.rows.map(({ environmentChanges }) => environmentChanges.join());
  assert.deepEqual(told?.slice(0, 2), ['', '']);
  assert.match(told?.[2] ?? '', /^measured in (fine|isolated) mode, before in (fine|isolated) mode$/);
});

test('a few runs are not said to be without a change', () => {
  const wordsOf = (runs: number) => {
    const history = historyOf(Array.from({ length: runs }, (_, index) => reportOf(index + 1, {})));
    assert.ok(history);
    return historyTerminal(history, 'latency.mean');
  };
  assert.match(wordsOf(9), /Too few runs to tell a change of level from chance: it takes 10\./);
  assert.match(wordsOf(10), /The level of mean latency has not changed\./);
});

test('runs that do not change have no change points, and the same runs always the same history', () => {
  const runs = Array.from({ length: 12 }, (_, index) => reportOf(index + 1, {}));
  const history = historyOf(runs);
  assert.deepEqual(history?.changes, []);
  assert.deepEqual(historyOf(runs.toReversed()), history, 'order of reading does not matter');
});

test('a machine that got slower changes the figure, not the ratio, and the environment is told', () => {
  const runs = Array.from({ length: 16 }, (_, index) => {
    const slower = index < 8 ? 1 : 1.5;
    const report = reportOf(index + 1, {
      baseline: { meanMs: 20 * slower, cpuMsPerRequest: 4 },
      candidate: { meanMs: 10 * slower, cpuMsPerRequest: 2 },
    });
    return index < 8 ? report : onOtherMachine(report);
  });
  const history = historyOf(runs);
  const changes = history?.changes.filter(({ metric }) => metric === 'latency.mean') ?? [];
  assert.deepEqual(
    changes.map(({ of, runId, isEnvironmentNew }) => [of, runId, isEnvironmentNew]),
    [['candidate', 'run-9', true]],
  );
  assert.ok(history);
  const text = historyTerminal(history, 'latency.mean');
  assert.equal(text.match(/!! environment changed: kernel was 6\.0, is 6\.1/g)?.length, 1);
  assert.match(text, /the environment changed with that run too/);
});

test('runs of another candidate, and runs that do not count, are no part of the series', () => {
  const runs = Array.from({ length: 8 }, (_, index) => reportOf(index + 1, {}));
  const other = { ...reportOf(20, {}), candidate: { name: 'other', title: '' }, createdAt: day(1) };
  const invalid = {
    ...reportOf(9, { candidate: { meanMs: 90, cpuMsPerRequest: 9 } }),
    verdict: 'invalid' as const,
  };
  const history = historyOf([...runs, other, invalid]);
  assert.deepEqual(history?.rows.map(({ runId }) => runId).at(-1), 'run-9', 'it is shown');
  assert.equal(history?.rows.length, 9);
  assert.deepEqual(history?.changes, [], 'but it has no say');
  assert.equal(historyOf([...runs, other], { candidate: 'other' })?.rows.length, 1);
  assert.equal(historyOf([]), null);
});

test('the newest run against the established baseline: a slower candidate has regressed', () => {
  const established = reportOf(1, {});
  const newest = reportOf(2, { candidate: { meanMs: 12, cpuMsPerRequest: 2 } });
  const standing = historyOf([established, newest], { established })?.standing;
  const mean = standing?.metrics.find(({ name }) => name === 'latency.mean');
  assert.equal(mean?.verdict, 'regressed');
  assert.ok(mean?.besideBaseline && mean.besideBaseline.low > 1.1 && mean.besideBaseline.high < 1.3);
  assert.equal(standing?.metrics.find(({ name }) => name === 'cpu.perRequest')?.verdict, 'equivalent');
  const alone = historyOf([established], { established });
  assert.equal(alone?.standing, null, 'not against itself');
  assert.match(historyTerminal(alone, 'latency.mean'), /newest run is the established baseline/);
});

test('a machine that is slower as a whole does not make the candidate regress', () => {
  const now = reportOf(2, {
    baseline: { meanMs: 30, cpuMsPerRequest: 4 },
    candidate: { meanMs: 15, cpuMsPerRequest: 2 },
  });
  const mean = standingOf(reportOf(1, {}), now).metrics.find(({ name }) => name === 'latency.mean');
  assert.ok(mean?.figures && mean.figures.low > 1.3, 'the figures themselves moved');
  assert.notEqual(mean.verdict, 'regressed');
});

test('different environments, experiments or modes have no verdict, and it is said loudly', () => {
  const before = reportOf(1, {});
  const now = reportOf(2, {});
  const cases: [Report, RegExp][] = [
    [
      onOtherMachine(now),
      /!! THE ENVIRONMENTS DIFFER[\s\S]*!! {3}kernel was 6\.0, is 6\.1[\s\S]*No verdict: the environments differ/,
    ],
    [{ ...now, experiment: 'another' }, /No verdict: they are of different experiments, made-up and another/],
    [{ ...now, mode: before.mode === 'fine' ? 'isolated' : 'fine' }, /No verdict: one was measured in/],
    [{ ...now, verdict: 'invalid' }, /No verdict: run run-2 does not count/],
  ];
  for (const [other, message] of cases) {
    const standing = standingOf(before, other);
    assert.ok(standing.metrics.every(({ verdict }) => verdict === null));
    assert.match(standingTerminal(standing), message);
  }
  assert.doesNotMatch(standingTerminal(standingOf(before, now)), /No verdict|!!/);
});

test('an interval that covers: identical runs are called different in few cases', () => {
  let alarms = 0;
  const pairs = 24;
  for (let seed = 1; seed <= pairs; seed += 1) {
    const noisy = { noise: 0.1, blocks: 6 };
    const standing = standingOf(reportOf(seed, noisy), reportOf(seed + 1000, noisy));
    const verdict = standing.metrics.find(({ name }) => name === 'latency.mean')?.verdict;
    if (verdict === 'improved' || verdict === 'regressed') alarms += 1;
  }
  // 5 % of 24 is 1.2; more than 4 has a probability of 0.6 %.
  assert.ok(alarms <= 4, `${alarms} of ${pairs}`);
});

function reportOf(seed: number, change: Partial<MadeUp>): Report {
  const run = madeUpRun({ ...quiet, ...change, seed });
  return { ...analyse(run), runId: `run-${seed}`, createdAt: day(seed) };
}

function day(number: number): string {
  return new Date(Date.UTC(2026, 0, number)).toISOString();
}

function onOtherMachine(report: Report): Report {
  return { ...report, environment: { ...report.environment, fingerprint: '1'.repeat(64), kernel: '6.1' } };
}
