import assert from 'node:assert/strict';
import { existsSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type Experiment, experimentSchema } from '@dyno/contracts/experiment';
import type { PlanFile } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';
import { makePlan } from '../experiment/plan.ts';
import { convertSamples } from '../samples/parquet.ts';
import { systemClock } from './clock.ts';
import { portIsFree } from './fixtures/ports.ts';
import { openRoundBench, type RoundBench } from './fixtures/roundBench.ts';
import type { Live } from './live.ts';
import { allProcesses, markOf } from './proc.ts';
import { type MeasuredRound, measureRound, type RoundContext } from './round.ts';

let folder: string;
let bench: RoundBench;
let context: RoundContext;
let lives: Live[];
let abort: AbortController;

beforeEach(async () => {
  bench = await openRoundBench('round');
  folder = bench.folder;
  lives = [];
  abort = new AbortController();
  context = await bench.contextOf(planOf({}), { signal: abort.signal, onLive: (live) => lives.push(live) });
});

afterEach(() => bench.close());

test('a round measures what its service did in the window', async () => {
  context.plan = planOf({ windowSeconds: 2, warmupSeconds: 1, load: { vus: 10 } });
  const round = await measure();
  assert.equal(round.excluded, null);
  assert.equal(round.k6ExitCode, 0);
  const { startMs, endMs, durationMs } = round.window;
  // A machine that is busy wakes the lab late, never early; all rates are over the length as it was.
  assert.ok(durationMs >= 1999, `window of ${durationMs} ms`);
  assert.ok(Math.abs(endMs - startMs - durationMs) <= 50, `${endMs - startMs} ms by the wall clock`);
  const counts = await convertSamples(csvFile(), join(folder, 'samples/1.parquet'), round.window, {
    damaged: false,
  });
  // Ten users who think for a second ask at most once a second each; with one more at the window's ends.
  const most = 10 * (Math.ceil(durationMs / 1000) + 1);
  assert.ok(counts.requests >= 10 && counts.requests <= most, `${counts.requests} requests`);
  assert.equal(counts.failed, 0);
  const service = round.usage.find(({ process }) => process === 'service');
  assert.ok(service && service.cpuSeconds > 0 && service.rssBytesMax > 10_000_000, JSON.stringify(service));
  assert.deepEqual(
    round.usage.map(({ process }) => process),
    ['service', 'k6', 'lab'],
  );
  assert.ok(round.resources.length > 0);
  // What is shown is what is measured: at most the users' ten a second and the burst of one look.
  const rates = lives.flatMap(({ stage, requestsPerSecond }) =>
    stage === 'window' ? (requestsPerSecond ?? []) : [],
  );
  const shown = rates.at(-1) ?? 0;
  assert.ok(shown > 0 && shown <= most, `${shown} requests/s`);
  assert.equal(await portIsFree(context.port), true);
});

test('a failed check makes its request a failed one', async () => {
  const round = await measure({ FAULT: 'error', FAULT_AFTER: '0' });
  const counts = await convertSamples(csvFile(), join(folder, 'samples/1.parquet'), round.window, {
    damaged: false,
  });
  assert.equal(round.excluded, null);
  assert.ok(counts.requests > 0);
  assert.equal(counts.failed, counts.requests);
});

test('a service that dies in the window excludes the round, with its last words', async () => {
  context.plan = planOf({ windowSeconds: 60 });
  const round = await measure({ FAULT: 'exit', FAULT_AFTER: '30' });
  assert.equal(round.excluded?.cause, 'service-died');
  assert.match(round.excluded?.detail ?? '', /ended with code 3.*the last words of the service/s);
});

test('a service that stops answering excludes the round', async () => {
  // The window begins behind the first answer: any other might come late, and in it.
  const round = await measure({ FAULT: 'silent', FAULT_AFTER: '1' });
  assert.equal(round.excluded?.cause, 'service-died');
  assert.match(round.excluded?.detail ?? '', /no request was answered/);
});

test('a killed generator excludes the round; its torn samples can still be read', async () => {
  context.plan = planOf({ windowSeconds: 60 });
  context.onLive = ({ stage }) => {
    if (stage === 'window') for (const pid of pidsOf('k6')) process.kill(pid, 'SIGKILL');
  };
  const round = await measure();
  assert.equal(round.excluded?.cause, 'generator-died');
  assert.match(round.excluded?.detail ?? '', /SIGKILL/);
  const counts = await convertSamples(csvFile(), join(folder, 'samples/1.parquet'), round.window, {
    damaged: true,
  });
  assert.ok(counts.requests >= 0);
});

test('what a service prints in the last moments of a window counts as well', async () => {
  const log = join(folder, 'log', 'round-001-one-service.log');
  context.onLive = ({ stage }) => {
    // Behind the last look, unless the machine is slow.
    if (stage === 'window') setTimeout(() => truncateSync(log, 65 * 2 ** 20), 50);
  };
  await assert.rejects(measure(), /tiny-shop \(one\) wrote more than 64 MiB of log in one round/);
});

test('a part of the stack that dies excludes the round', async () => {
  let alive = true;
  context.partPids = { mysql: async () => (alive ? [process.pid] : []) };
  context.onLive = ({ stage }) => {
    if (stage === 'window') alive = false;
  };
  const round = await measure();
  assert.equal(round.excluded?.cause, 'stack-died');
  assert.match(round.excluded?.detail ?? '', /mysql died/);
});

test('a jump of the wall clock excludes the round', async () => {
  let jumpMs = 0;
  context.clock = { ...systemClock, wallMs: () => Date.now() + jumpMs };
  context.onLive = ({ stage }) => {
    if (stage === 'window') jumpMs = 3_600_000;
  };
  const round = await measure();
  assert.equal(round.excluded?.cause, 'clock');
});

test('a service that cannot start ends the run with its log', async () => {
  context.plan = planOf({ command: ['node', '-e', 'console.error("no such table"); process.exit(1)'] });
  await assert.rejects(measure(), (error) => {
    assert.ok(error instanceof DynoError);
    assert.equal(error.exitCode, 4);
    assert.match(error.message, /ended with code 1 before it was ready.*no such table/s);
    return true;
  });
});

test('a taken port is said before anything starts', async () => {
  const server = createServer().listen(context.port, '127.0.0.1');
  try {
    await assert.rejects(measure(), /Port \d+ \(service\) is taken by process/);
    assert.equal(existsSync(csvFile()), false);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('an interrupted round leaves nothing running', async () => {
  context.onLive = ({ stage }) => {
    if (stage === 'window') abort.abort(new Error('stop'));
  };
  await assert.rejects(measure(), /stop/);
  assert.deepEqual(pidsOf('k6'), []);
  assert.equal(await portIsFree(context.port), true);
});

function measure(env: Record<string, string> = {}): Promise<MeasuredRound> {
  const { baseline } = context.plan.experiment;
  return measureRound(context, {
    round: 1,
    variant: { ...baseline, env },
    csvFile: csvFile(),
    logFolder: join(folder, 'log'),
  });
}

function csvFile(): string {
  return join(folder, 'samples', '1.csv');
}

function planOf({
  command = ['node', 'services/lab/src/run/fixtures/tinyShop.ts'],
  // Open model: short windows are never without a request.
  load = { vus: 20, ratePerSecond: 50 },
  warmupSeconds = 0.3,
  windowSeconds = 0.8,
}: {
  command?: string[];
  load?: Partial<Experiment['load']>;
  warmupSeconds?: number;
  windowSeconds?: number;
}): PlanFile {
  const plan = {
    blocks: { min: 2, max: 2 },
    warmupSeconds,
    windowSeconds,
    tracePassSeconds: 0,
    profilePassSeconds: 0,
  };
  const experiment = experimentSchema.parse({
    name: 'tiny',
    title: 'tiny',
    service: { name: 'tiny-shop', command, readyPath: '/readyz', readyTimeoutSeconds: 10 },
    load: { scenario: 'k6/scenarios/products.ts', ...load },
    baseline: { name: 'one' },
    candidates: [{ name: 'two' }],
    plans: { quick: plan },
  });
  return makePlan(
    { file: 'experiments/tiny.ts', experiment },
    {},
    { runId: 'test', createdAt: '2026-01-01T00:00:00.000Z', seed: 1, hashes: {} },
  );
}

function pidsOf(command: string): number[] {
  return allProcesses()
    .filter(
      (one) => one.command.startsWith(command) && markOf(one.pid) !== null && one.parentPid === process.pid,
    )
    .map(({ pid }) => pid);
}
