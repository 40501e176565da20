import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Mode, type Pilot, type Round, schemaVersion } from '@dyno/contracts/run';
import { sentinelsOff } from '../statistics/sentinel.ts';
import { disturbance } from './disturbance.ts';
import { chooseMode } from './pilot.ts';
import { measureSentinel } from './sentinel.ts';

const close: Pilot = { seconds: 3, utilization: 0.3, latencyRatio: 1.05, cpuRatio: 0.97, sharedCpu: 0.2 };
const cpuCounts = {
  primary: 'latency.mean',
  gated: ['latency.mean', 'cpu.perRequest'],
  thresholds: [],
} as const;
const latencyAlone = { primary: 'latency.mean', gated: ['latency.mean'], thresholds: [] } as const;

test('the mode follows from what the pilot saw', () => {
  const table: [Partial<Pilot>, Mode, RegExp][] = [
    [
      {},
      'fine',
      /close \(median latency \+5\s%\) and the load kept 30\s% of the machine busy.*shared between both/,
    ],
    [{ latencyRatio: 1.3 }, 'isolated', /far apart \(median latency \+30\s%, CPU per request −3\s%\)/],
    [{ latencyRatio: 0.025 }, 'isolated', /far apart \(median latency × 0\.025/],
    [{ cpuRatio: 0.6 }, 'isolated', /far apart .*CPU per request −40\s%/],
    // As far apart as a pilot of the optimized shop has seen a change of 10 %.
    [{ cpuRatio: 1.31 }, 'fine', /close/],
    [{ cpuRatio: null }, 'fine', /close/],
    [{ utilization: 0.7 }, 'isolated', /kept 70\s% of the machine busy/],
    [{ sharedCpu: 0.8 }, 'isolated', /80\s% of the CPU went to database and cache/],
    [{ latencyRatio: null }, 'isolated', /answered nothing/],
  ];
  for (const [seen, mode, reason] of table) {
    const chosen = chooseMode({ kind: 'seen', pilot: { ...close, ...seen } }, cpuCounts);
    assert.equal(chosen.mode, mode, JSON.stringify(seen));
    assert.match(chosen.modeReason, reason);
  }
  assert.match(
    chooseMode({ kind: 'lost', why: 'it died' }, cpuCounts).modeReason,
    /did not come to its end \(it died\)/,
  );
});

test('where users fill the machine the rate at which fine mode is possible is told', () => {
  const full = { ...close, utilization: 0.7, requestsPerSecond: 7100 };
  const reasonFor = (pilot: Pilot, load: NonNullable<Parameters<typeof chooseMode>[1]['load']>) =>
    chooseMode({ kind: 'seen', pilot }, { ...cpuCounts, load }).modeReason;
  const requests = [{ target: '/', method: 'GET', headers: {}, weight: 1 }] as const;
  assert.match(reasonFor(full, { requests: [...requests] }), /about --rate 4000 would leave room for both/);
  // Queues drive variants apart, too.
  const apart = reasonFor({ ...full, latencyRatio: 5 }, { requests: [...requests] });
  assert.match(apart, /far apart.*about --rate 4000/);
  // An iteration of a script is no request.
  assert.doesNotMatch(reasonFor(full, {}), /--rate/);
  assert.doesNotMatch(reasonFor({ ...close, utilization: 0.7 }, { requests: [...requests] }), /--rate/);
});

test('database and cache may do more where CPU per request is not asked for', () => {
  const chosen = (sharedCpu: number, asked: Parameters<typeof chooseMode>[1]) =>
    chooseMode({ kind: 'seen', pilot: { ...close, sharedCpu } }, asked);
  assert.equal(chosen(0.3, latencyAlone).mode, 'fine');
  assert.equal(chosen(0.6, latencyAlone).mode, 'isolated');
  const { mode, modeReason } = chosen(0.3, cpuCounts);
  assert.equal(mode, 'isolated');
  assert.match(
    modeReason,
    /30\s% of the CPU went to database and cache.*CPU per request, which decides here/,
  );
  assert.equal(chosen(0.3, { ...latencyAlone, primary: 'cpu.perRequest' }).mode, 'isolated');
  assert.equal(chosen(0.3, { ...latencyAlone, thresholds: ['cpu<=-10%'] }).mode, 'isolated');
  // As much as the pilots of the optimized shop against itself have seen.
  assert.equal(chosen(0.16, { ...latencyAlone, primary: 'cpu.perRequest' }).mode, 'fine');
});

test('the sentinel says how fast the machine is', async () => {
  const { cpuMs, noopMs } = await measureSentinel(new AbortController().signal);
  assert.ok(cpuMs > 0 && noopMs > 0);
});

test('a sentinel far from the others is off; a few are no measure', () => {
  assert.deepEqual(sentinelsOff([10, 10, 10, 10, 20]), []);
  assert.deepEqual(sentinelsOff([10, 10.2, 9.9, 10.1, 20, 10]), [4]);
  assert.deepEqual(sentinelsOff([10, 12, 9, 11, 13, 10]), []);
  // However even they are, a few percent are nothing.
  assert.deepEqual(sentinelsOff([10, 10, 10, 10, 10, 10.3]), []);
});

test('a round is disturbed by causes that are not its outcome, and measured again only so often', () => {
  const cause = (changes: Partial<Round>, before: Round[] = [], mode: Mode = 'isolated') =>
    disturbance({ ...quiet(1), ...changes }, before, 9, { mode, plan: { windowSeconds: 10 } })?.cause ?? null;
  assert.equal(cause({}), null);
  assert.equal(cause({ machine: { busyCpuSeconds: 8, stealCpuSeconds: 1.5, cores: 2 } }), 'steal');
  const lasting = (durationMs: number) => ({ window: { startMs: 0, endMs: durationMs, durationMs } });
  assert.equal(cause(lasting(10_240)), null);
  assert.equal(cause(lasting(10_260)), 'window');
  const dropped = { load: { requests: 90, failed: 0, droppedIterations: 10, exitCode: 0 } };
  assert.equal(cause(dropped), 'generator-saturated');
  assert.equal(cause({ usage: [use('service', 9), use('k6', 10.5)] }), 'generator-saturated');
  assert.equal(cause({ usage: [use('service', 19), use('k6', 0.5)] }), null, 'never for being slow');
  const before = Array.from({ length: 6 }, (_, index) => quiet(index + 1));
  const slow = { sentinel: { cpuMs: 15, noopMs: 0.2 } };
  assert.equal(cause(slow, before), 'sentinel');
  assert.equal(cause(slow, before, 'fine'), null);
  const again = { ...quiet(7), block: 9, excluded: { cause: 'generator-saturated' as const, detail: '' } };
  assert.equal(cause(dropped, [...before, again]), null, 'what comes again is for the guards');
  assert.equal(cause(lasting(10_260), [...before, again]), 'window');
  const late = { ...again, excluded: { cause: 'window' as const, detail: '' } };
  assert.equal(cause(lasting(10_260), [...before, late]), null);
});

function use(process: string, cpuSeconds: number): Round['usage'][number] {
  return { process, cpuSeconds, rssBytesMax: 0, contextSwitches: 0 };
}

function quiet(round: number): Round {
  const file = { file: 'x', bytes: 0, sha256: '' };
  return {
    schemaVersion,
    round,
    block: round,
    variant: 'one',
    attempt: 1,
    startedAt: `2026-01-01T00:00:0${round}.000Z`,
    readyMs: 1,
    window: { startMs: 0, endMs: 10_000, durationMs: 10_000 },
    samples: file,
    resources: file,
    load: { requests: 100, failed: 0, droppedIterations: 0, exitCode: 0 },
    usage: [use('service', 5), use('k6', 2)],
    shared: [],
    sentinel: { cpuMs: 10 + round * 0.01, noopMs: 0.2 },
    statuses: {},
    machine: { busyCpuSeconds: 8, stealCpuSeconds: 0.1, cores: 2 },
    excluded: null,
  };
}
