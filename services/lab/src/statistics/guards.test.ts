import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Guard } from '@dyno/contracts/report';
import { type Round, type RoundMetrics, schemaVersion } from '@dyno/contracts/run';
import { type MadeUp, type MadeUpRun, madeUpRun, seedLike } from '../report/fixtures/run.ts';
import { analyse } from './analyse.ts';

/** Twice a service that nothing is wrong with. */
const sound: MadeUp = {
  ...seedLike,
  candidate: { meanMs: 330, cpuMsPerRequest: 37 },
  blocks: 8,
  noise: 0.01,
  experiment: { thresholds: [] },
};
const soundFine: MadeUp = {
  ...sound,
  mode: 'fine',
  baseline: { meanMs: 9, cpuMsPerRequest: 4 },
  candidate: { meanMs: 8.8, cpuMsPerRequest: 3.9 },
};

interface Case {
  what: string;
  guard: string;
  status: Guard['status'];
  detail: RegExp;
  made?: MadeUp;
  /** What is wrong with the run. */
  spoil?(run: MadeUpRun): Partial<MadeUpRun>;
  round?(round: Round): Round;
}

const cases: Case[] = [
  {
    what: 'one dropped iteration in thousands',
    guard: 'load delivered',
    status: 'warn',
    detail: /^1 iteration could not be started in time/,
    round: (round) => withDropped(round, round.round === 1 ? 1 : 0),
  },
  {
    what: 'many dropped iterations',
    guard: 'load delivered',
    status: 'fail',
    detail: /^160 iterations could not be started in time, and latency looks better without them\.$/,
    round: (round) => withDropped(round, 10),
  },
  {
    what: 'what one k6 dropped for both variants, counted once',
    guard: 'load delivered',
    status: 'fail',
    detail: /^80 iterations could not be started in time/,
    made: { ...soundFine, experiment: { thresholds: [], load: { requests: [{ target: '/' }], vus: 5 } } },
    round: (round) => withDropped(round, 10),
  },
  {
    what: 'k6 and the machine at their end: no verdict on throughput',
    guard: 'generator has room',
    status: 'fail',
    detail:
      /k6 used at most 54\.5.% of the machine, and nothing was left: throughput and latency are those of the generator/,
    round: (round) => withGenerator(round, 12, 21.5),
  },
  {
    what: 'k6 beside a machine with room',
    guard: 'generator has room',
    status: 'warn',
    detail: /competes with the service/,
    round: (round) => withGenerator(round, 12, 14),
  },
  {
    what: 'different answers',
    guard: 'same answers',
    status: 'fail',
    detail: /^The variants answer differently: GET \/items at \$\.items\[3\]\.price, 12 against 13\.$/,
    spoil: () => ({
      responses: {
        schemaVersion,
        compared: 3,
        missing: '',
        differing: [
          {
            method: 'GET',
            target: '/items',
            kind: 'body',
            path: '$.items[3].price',
            baseline: '12',
            candidate: '13',
          },
        ],
      },
    }),
  },
  {
    what: 'another status in the windows, which no comparison of answers has seen',
    guard: 'same answers',
    status: 'fail',
    detail: /^100.% of the baseline's good answers have status 200, 0.% of the candidate's\.$/,
    round: (round) =>
      round.variant === 'optimized' ? { ...round, statuses: { '304': round.load.requests } } : round,
  },
  {
    what: 'a status of one variant that the experiment allows',
    guard: 'same answers',
    status: 'pass',
    detail: /alike/,
    round: (round) =>
      round.variant === 'optimized'
        ? { ...round, statuses: { '200': 100, '304': round.load.requests - 100 } }
        : round,
    spoil: ({ plan }) => ({
      plan: { ...plan, experiment: { ...plan.experiment, ignoreStatuses: [304] } },
    }),
  },
  {
    what: 'answers that nobody compared',
    guard: 'same answers',
    status: 'warn',
    detail: /^The answers were not compared: every request has a body of its own$/,
    spoil: () => ({
      responses: {
        schemaVersion,
        compared: 0,
        missing: 'every request has a body of its own',
        differing: [],
      },
    }),
  },
  {
    what: 'rounds that warm up to their end',
    guard: 'steady state reached',
    status: 'fail',
    detail: /^8 of 8 rounds of the candidate were still warming up inside the window \(MSER-5\)\.$/,
    made: { ...sound, windowSeconds: 60 },
    spoil: ({ metrics }) => ({ metrics: unsteady(metrics, (row) => (row.variant === 'optimized' ? 25 : 0)) }),
  },
  {
    what: 'rounds that warm up in short windows, where chance does the same',
    guard: 'steady state reached',
    status: 'pass',
    detail: /^No round warms up/,
    made: { ...sound, windowSeconds: 15 },
    spoil: ({ metrics }) => ({ metrics: unsteady(metrics, (row) => (row.block % 2 === 0 ? 5 : 0)) }),
  },
  {
    what: 'windows that are too short to tell',
    guard: 'steady state reached',
    status: 'pass',
    detail: /too short to tell/,
  },
  {
    what: 'a machine that got another size',
    guard: 'same environment',
    status: 'fail',
    detail: /^The rounds had 4 and 2 cores\.$/,
    round: (round) => (round.block === 1 ? { ...round, machine: { ...round.machine, cores: 4 } } : round),
  },
  {
    what: 'two addresses',
    guard: 'same environment',
    status: 'warn',
    detail: /answer from 10\.0\.0\.1 and this machine/,
    made: { ...sound, experiment: { thresholds: [], baseline: { name: 'naive', url: 'http://10.0.0.1/' } } },
  },
  {
    what: 'a machine that was faster for one variant',
    guard: 'machine of even speed',
    status: 'warn',
    detail: /and \+10.% \(\+10.% to \+10.%\) before those of the candidate/,
    round: (round) => withSpeed(round, (round.variant === 'naive' ? 5 : 5.5) + 0.001 * round.block),
  },
  {
    what: 'a machine that got slower',
    guard: 'machine of even speed',
    status: 'warn',
    detail: /5\.\d+ to 6\.\d+ ms of CPU before the rounds: it changed by/,
    round: (round) => withSpeed(round, 5 + 0.2 * round.block),
  },
  {
    what: 'a full machine in fine mode',
    guard: 'room for both variants',
    status: 'fail',
    detail:
      /^The machine was 97\.\d.% busy with both variants alive \(97\.\d.% by the measurement itself, 0.% by others\): above 60.% the variants wait for each other/,
    made: soundFine,
    round: (round) => ({
      ...round,
      shared: [],
      usage: [{ process: 'service', cpuSeconds: 10.7, rssBytesMax: 1, contextSwitches: 1 }],
      machine: { ...round.machine, busyCpuSeconds: 21.4 },
    }),
  },
  {
    what: 'a machine that others fill',
    guard: 'room for both variants',
    status: 'warn',
    detail: /^The machine was 97\.\d.% busy with both variants alive \(.*, \d\d\S*.% by others\)/,
    made: soundFine,
    round: (round) => ({ ...round, machine: { ...round.machine, busyCpuSeconds: 21.4 } }),
  },
  {
    what: 'a busy machine in fine mode',
    guard: 'room for both variants',
    status: 'warn',
    detail: /^The machine was 72\.7.% busy/,
    made: soundFine,
    round: (round) => ({ ...round, machine: { ...round.machine, busyCpuSeconds: 16 } }),
  },
  {
    what: 'variants far apart in fine mode',
    guard: 'difference not diluted',
    status: 'warn',
    detail: /^p50 latency differs by −4\d\S*.%|^CPU per request differs by ÷2/,
    made: { ...soundFine, candidate: { meanMs: 5, cpuMsPerRequest: 1.9 } },
  },
  {
    what: 'a database that does the work in fine mode',
    guard: 'work can be told apart',
    status: 'warn',
    detail:
      /^Database and cache used \d+\S*.% of the CPU for both variants together: CPU per request is that of the services alone/,
    made: soundFine,
    round: (round) => ({
      ...round,
      shared: [{ process: 'mysql', cpuSeconds: 8, rssBytesMax: 1, contextSwitches: 1 }],
    }),
  },
  {
    what: 'lost spans',
    guard: 'telemetry complete',
    status: 'warn',
    detail: /^1,200 spans or metrics were lost/,
    spoil: () => ({ telemetryDropped: 1200 }),
  },
  {
    what: 'telemetry of its own that costs much',
    guard: 'cost of observing',
    status: 'warn',
    detail: /^The service's own telemetry costs \+20.% CPU per request \(95.% interval \+15.% to \+25.%\)/,
    made: {
      ...sound,
      experiment: {
        thresholds: [],
        service: { name: 'api', command: ['node', 'main.ts'], telemetry: 'own' },
      },
    },
    spoil: () => ({
      observer: {
        schemaVersion,
        variant: 'naive',
        blocks: 4,
        levels: [
          {
            level: 'sampled',
            cpuMsPerRequest: 1.2,
            latencyMsP50: 3,
            cpuRatio: { estimate: 1.2, low: 1.15, high: 1.25, level: 0.95 },
            pairs: [],
          },
        ],
      },
    }),
  },
];

test('a sound run passes every guard, in both modes', () => {
  for (const made of [sound, soundFine]) {
    const report = analyse(madeUpRun(made));
    assert.deepEqual(
      report.guards.filter(({ status }) => status !== 'pass'),
      [],
    );
  }
});

for (const { what, guard, status, detail, made = sound, spoil, round } of cases) {
  test(`${guard}: ${what}`, () => {
    const run = madeUpRun(round ? { ...made, spoil: round } : made);
    const report = analyse({ ...run, ...spoil?.(run) });
    const judged = report.guards.find(({ name }) => name === guard) ?? assert.fail(`no guard ${guard}`);
    assert.equal(judged.status, status, judged.detail);
    assert.match(judged.detail, detail);
    assert.equal(judged.advice === '', status === 'pass', 'advice where it is needed');
    assert.equal(report.verdict === 'invalid', status === 'fail');
    assert.equal(report.exitCode === 4, status === 'fail');
  });
}

function withDropped(round: Round, droppedIterations: number): Round {
  return { ...round, load: { ...round.load, droppedIterations } };
}

function withGenerator(round: Round, cpuSeconds: number, busyCpuSeconds: number): Round {
  return {
    ...round,
    machine: { ...round.machine, busyCpuSeconds },
    usage: [{ process: 'k6', cpuSeconds, rssBytesMax: 1, contextSwitches: 1 }],
  };
}

function withSpeed(round: Round, cpuMs: number): Round {
  return { ...round, sentinel: { cpuMs, noopMs: 0.2 } };
}

function unsteady(
  metrics: RoundMetrics,
  seconds: (row: RoundMetrics['rounds'][number]) => number,
): RoundMetrics {
  return { ...metrics, rounds: metrics.rounds.map((row) => ({ ...row, unsteadySeconds: seconds(row) })) };
}
