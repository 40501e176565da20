import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, test } from 'node:test';
import type { Plan } from '@dyno/contracts/experiment';
import type { Progress, Round } from '@dyno/contracts/run';
import { lowPort } from '../../api/src/testing/ports.ts';
import { checkDilution } from './dilution.ts';
import { DynoError, RefusedRun } from './errors.ts';
import { counting, undisturbed } from './fixtures/rounds.ts';
import { newTinyRun, noStack, ownPids, pages, refusal, standIn } from './fixtures/tinySession.ts';
import { measureBlocks } from './measure.ts';
import { decideMode } from './mode.ts';
import { gatherResponses } from './responses.ts';
import { k6Program } from './run/fixtures/k6Program.ts';
import { chooseMode } from './run/pilot.ts';
import { RunFolder } from './run/results.ts';
import { type Edges, type RunRequest, Session } from './session.ts';
import { readSettings } from './settings.ts';

/** Sessions with a real service and real k6, but without a stack: the tiny shop needs none. */
let folder: string;
let k6: string;
let edges: Edges;
let rounds: Round[];
let notes: string[];
let progress: Progress | null;
let abort: AbortController;
let versions: Record<string, string>;

before(async () => {
  k6 = await k6Program();
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-session-'));
  rounds = [];
  notes = [];
  progress = null;
  abort = new AbortController();
  versions = { k6: '2.2.0' };
  const settings = readSettings();
  edges = {
    settings: {
      ...settings,
      home: join(folder, 'home'),
      results: join(folder, 'results'),
      ports: { ...settings.ports, service: await lowPort(), serviceCandidate: await lowPort() },
    },
    signal: abort.signal,
    bringUpStack: async () => noStack(k6, versions),
    onProgress: (value) => {
      progress = value;
    },
    onRound: (round) => rounds.push(round),
    onNote: (line) => notes.push(line),
  };
});

afterEach(() => rmSync(folder, { recursive: true }));

test('a round that lost its generator is measured again, and both are on record', async () => {
  const onProgress = edges.onProgress;
  let killed = false;
  edges.onProgress = (value) => {
    onProgress(value);
    if (killed || value.stage !== 'window') return;
    killed = true;
    for (const pid of ownPids('k6')) process.kill(pid, 'SIGKILL');
  };
  const runId = await measure(newTinyRun(folder, {}));
  assert.deepEqual(
    undisturbed(rounds).map(({ block, excluded }) => [block, excluded?.cause ?? 'counts']),
    [
      [1, 'generator-died'],
      [1, 'counts'],
      [1, 'counts'],
      [2, 'counts'],
      [2, 'counts'],
    ],
  );
  assertNumbered(rounds);
  const run = await RunFolder.open(edges.settings.results, runId);
  assert.deepEqual(await run.rounds(), rounds);
  assert.deepEqual(
    (await run.read('metrics.json')).rounds.map(({ round }) => round),
    counting(rounds),
  );
  assert.equal(existsSync(run.file('log', '1.torn.csv')), true, 'what the accident left is kept aside');
  assert.equal(progress?.state, 'finished');
});

test('a part of the stack that died is started again, and the whole block measured again', async () => {
  let dead = false;
  edges.bringUpStack = async () => {
    dead = false;
    return { ...noStack(k6, versions), pidsOf: async () => (dead ? [] : [process.pid]) };
  };
  const onProgress = edges.onProgress;
  edges.onProgress = (value) => {
    onProgress(value);
    if (undisturbed(rounds).length === 1 && value.stage === 'window') dead = true;
  };
  const runId = await measure(newTinyRun(folder, { needs: ['redis'] }));
  const measured = undisturbed(rounds);
  assertNumbered(rounds);
  assert.deepEqual(
    measured.map(({ block, excluded }) => [block, excluded?.cause ?? 'counts']),
    [
      [1, 'counts'],
      [1, 'stack-died'],
      [1, 'counts'],
      [1, 'counts'],
      [2, 'counts'],
      [2, 'counts'],
    ],
  );
  const run = await RunFolder.open(edges.settings.results, runId);
  assert.deepEqual(
    (await run.read('metrics.json')).rounds.map(({ round }) => round),
    counting(measured.slice(2)),
  );
  assert.match(notes.join(), /a part of the stack has died/);
});

test('a service that dies twice ends the run with its last words', async () => {
  await assert.rejects(measure(newTinyRun(folder, { fault: 'exit' })), (error) => {
    assert.ok(error instanceof DynoError);
    assert.equal(error.exitCode, 4);
    assert.match(error.message, /broken was lost 2 times \(service-died\).*the last words of the service/s);
    return true;
  });
  assert.equal(rounds.filter(({ excluded }) => excluded?.cause === 'service-died').length, 2);
  assert.equal(progress?.state, 'failed');
  assert.deepEqual(ownPids(''), []);
});

test('a resumed run replays the rest of its plan, and only that', async () => {
  const request = newTinyRun(folder, { seed: 11 });
  edges.onRound = (round) => {
    rounds.push(round);
    if (undisturbed(rounds).length === 3) abort.abort(new Error('Ctrl-C'));
  };
  await assert.rejects(measure(request), (error) => error instanceof DynoError && error.exitCode === 130);
  assert.equal(progress?.state, 'interrupted');
  const run = await RunFolder.open(edges.settings.results, 'latest');
  const { order } = await run.read('plan.json');
  // Not kept; the experiment's file, which is the same, has it again.
  assert.doesNotMatch(readFileSync(run.file('plan.json'), 'utf8'), /canary/);

  edges = { ...edges, signal: new AbortController().signal, onRound: (round) => rounds.push(round) };
  assert.equal(await measure({ kind: 'resume', runId: run.runId }), run.runId);
  assertNumbered(rounds);
  // Block 2 was half done: it is measured again from its start.
  assert.deepEqual(
    undisturbed(rounds).map(({ block, variant }) => `${block} ${variant}`),
    [
      ...(order[0] ?? []).map((variant) => `1 ${variant}`),
      `2 ${order[1]?.[0]}`,
      ...(order[1] ?? []).map((variant) => `2 ${variant}`),
    ],
  );
  const [first, second, , ...last] = undisturbed(rounds);
  assert.ok(first && second);
  const counted = (await run.read('metrics.json')).rounds.map(({ round }) => round);
  assert.deepEqual(counted, counting([first, second, ...last]));

  // A byte of a sample flips: its block is measured again.
  const before = rounds.length;
  appendFileSync(run.file(first.samples.file), 'x');
  writeFileSync(run.file('samples', '099-stray.parquet.csv'), 'of a round that was cut off');
  await measure({ kind: 'resume', runId: run.runId });
  assert.match(
    notes.join(),
    new RegExp(`round ${first.round} is measured again: ${first.samples.file} is damaged`),
  );
  assert.equal(existsSync(run.file('samples', '099-stray.parquet.csv')), false);
  const again = (await run.read('metrics.json')).rounds.map(({ round }) => round);
  const anew = rounds.slice(before);
  assert.deepEqual(
    undisturbed(anew).map(({ block }) => block),
    [1, 1],
  );
  assert.deepEqual(again, counting([...anew, ...last]));
});

test('in fine mode a block is one set of rounds, and half a set is measured again', async () => {
  const runId = await measure(newTinyRun(folder, { mode: 'fine' }));
  const run = await RunFolder.open(edges.settings.results, runId);
  assert.deepEqual(await run.rounds(), rounds);
  const { order } = await run.read('plan.json');
  assert.deepEqual(
    undisturbed(rounds).map(({ block, variant }) => [block, variant]),
    [
      [1, order[0]?.[0]],
      [1, order[0]?.[1]],
      [2, order[1]?.[0]],
      [2, order[1]?.[1]],
    ],
  );
  assertNumbered(rounds);
  assert.deepEqual(rounds[0]?.window, rounds[1]?.window);
  assert.ok(rounds.every(({ load }) => load.requests > 0));

  // Cut off between the two lines of the last block.
  const whole = undisturbed(rounds).slice(0, 2);
  const before = rounds.length;
  await run.writeRounds(rounds.slice(0, -1));
  await measure({ kind: 'resume', runId });
  const counted = (await run.read('metrics.json')).rounds.map(({ round }) => round);
  assert.equal(counted.length, 4);
  assert.deepEqual(counted, counting([...whole, ...rounds.slice(before)]));
  assert.deepEqual(ownPids(''), []);
});

test('the pilot chooses fine mode for variants that are close, and a pair in isolated mode checks it', async () => {
  const request = newTinyRun(folder, { mode: 'auto' });
  const session = await Session.open(request, edges);
  assert.equal((await session.folder.read('plan.json')).pilot, null);
  await session.carryOut(async () => {
    await decideMode(session);
    await measureBlocks(session);
    await checkDilution(session);
    return { sentence: 'measured' };
  });
  const { mode, modeReason, pilot, experiment } = await session.folder.read('plan.json');
  assert.ok(pilot?.latencyRatio && pilot.cpuRatio, JSON.stringify(pilot));
  // Two copies of a tiny shop may look apart for three seconds on a busy machine: the choice must follow from what was seen.
  assert.deepEqual({ mode, modeReason }, chooseMode({ kind: 'seen', pilot }, experiment));
  assert.match(notes.join(), new RegExp(`${mode} mode: `));
  assert.equal(undisturbed(rounds).length, 4);
  assert.equal(session.folder.has('dilution.json'), mode === 'fine');
  if (mode === 'fine') {
    assert.deepEqual(rounds[0]?.window, rounds[1]?.window);
    assert.ok(Object.values(await session.folder.read('dilution.json')).every((value) => Number(value) > 0));
  }
  // A run that has rounds keeps its mode.
  notes = [];
  const again = await Session.open({ kind: 'resume', runId: session.plan.runId }, edges);
  await again.carryOut(async () => {
    await decideMode(again);
    return { sentence: 'nothing to do' };
  });
  assert.deepEqual(notes, []);
});

test('in fine mode a variant that dies twice ends the run, whichever is measured first', async () => {
  await assert.rejects(
    measure(newTinyRun(folder, { mode: 'fine', fault: 'exit' })),
    /\(service-died\).*the last words of the service/s,
  );
  assert.deepEqual(
    rounds.map(({ attempt, excluded }) => [attempt, excluded?.cause]),
    [
      [1, 'service-died'],
      [1, 'service-died'],
      [2, 'service-died'],
      [2, 'service-died'],
    ],
  );
});

test('a run does not go on with other versions or another scenario', async () => {
  const runId = await measure(newTinyRun(folder, {}));
  versions = { k6: '9.9.9' };
  await assert.rejects(measure({ kind: 'resume', runId }), refusal(/k6 was 2\.2\.0, is 9\.9\.9/));
  versions = { k6: '2.2.0' };
  const path = join(folder, 'experiment.ts');
  writeFileSync(path, `${readFileSync(path, 'utf8')}\n`);
  await assert.rejects(measure({ kind: 'resume', runId }), refusal(/experiment\.ts has changed/));
});

test('pages in a browser are not measured in fine mode, and that is told before anything starts', async () => {
  edges.bringUpStack = () => Promise.reject(new Error('the stack was brought up'));
  await assert.rejects(
    measure(newTinyRun(folder, { mode: 'fine', load: pages(folder, '') })),
    refusal(/pages\.js cannot be measured in fine mode: .*Choose --mode isolated, or auto/),
  );
});

test("what k6's browser says before it is stopped is the reason that is told, what it says of its end is not", async () => {
  const gather = async (does: string): Promise<void> => {
    edges.bringUpStack = async () => ({ ...noStack(k6, versions), k6: standIn(folder, does) });
    const session = await Session.open(newTinyRun(folder, {}), edges);
    await session.carryOut(async () => {
      await gatherResponses(session);
      return { sentence: 'gathered' };
    });
  };
  await assert.rejects(
    gather("say('process with PID 7 unexpectedly ended');"),
    refusal(/makes no request to the service.* k6 says: process with PID 7 unexpectedly ended/),
  );
  await gather("fetch(process.env.BASE_URL + '/products'); atEnd(() => say('websocket: close 1006'));");
  assert.doesNotMatch(notes.join(), /k6 says/);
});

test('a run that is refused before its first round leaves nothing, and latest as it was', async () => {
  const runId = await measure(newTinyRun(folder, {}));
  const session = await Session.open(newTinyRun(folder, {}), edges);
  const refused = session.carryOut(() => Promise.reject(new RefusedRun('too tight')));
  await assert.rejects(refused, /too tight/);
  assert.equal(existsSync(session.folder.path), false);
  assert.equal(readlinkSync(join(edges.settings.results, 'latest')), runId);
});

test('a taken port of the service is told before the stack is brought up', async (t) => {
  const port = edges.settings.ports.service;
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  edges.bringUpStack = () => Promise.reject(new Error('the stack was brought up'));
  await assert.rejects(
    measure(newTinyRun(folder, {})),
    refusal(new RegExp(`Port ${port} \\(service\\) is taken by`)),
  );
});

test('so is that of the second variant, where both may be alive at once', async (t) => {
  const port = edges.settings.ports.serviceCandidate;
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  edges.bringUpStack = () => Promise.reject(new Error('the stack was brought up'));
  const taken = refusal(new RegExp(`Port ${port} \\(serviceCandidate\\) is taken by`));
  const request = newTinyRun(folder, {});
  const inMode = (mode: Plan['mode']): RunRequest =>
    request.kind === 'new' ? { ...request, options: { mode } } : request;
  for (const mode of ['auto', 'fine'] as const) await assert.rejects(measure(inMode(mode)), taken);
  await assert.rejects(measure(inMode('isolated')), /the stack was brought up/);
});

test('a run that goes on in isolated mode needs no second port, also when its pilot was lost', async (t) => {
  const runId = await measure(newTinyRun(folder, { mode: 'auto' }));
  const server = createServer().listen(edges.settings.ports.serviceCandidate, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  assert.equal(await measure({ kind: 'resume', runId }), runId);
});

test('a script that does not draw the variants although the experiment says so is told', async () => {
  const script = join(folder, 'plain.js');
  writeFileSync(
    script,
    "import http from 'k6/http'; export default function () { http.get(__ENV.BASE_URL + '/products'); }",
  );
  const load = { scenario: script, assigns: true, vus: 1, ratePerSecond: 20 };
  await assert.rejects(
    measure(newTinyRun(folder, { mode: 'fine', load })),
    /no request was answered within the window that says which variant .*nextTarget\(\)/,
  );
});

test('before anything is measured its folder says that a run is under way, and how far a resumed one was', async () => {
  const runId = await measure(newTinyRun(folder, {}));
  const { block } = rounds.at(-1) ?? {};
  for (const [request, expected] of [
    [newTinyRun(folder, {}), { state: 'running', stage: 'stack', round: 0, block: 0 }],
    [
      { kind: 'resume', runId },
      { state: 'running', stage: 'stack', round: rounds.length, block },
    ],
  ] as const) {
    const session = await Session.open(request, edges);
    await session.carryOut(async () => {
      const { state, stage, round, block } = await session.folder.read('progress.json');
      assert.deepEqual({ state, stage, round, block }, expected);
      return { sentence: 'looked at' };
    });
  }
});

async function measure(request: RunRequest): Promise<string> {
  const session = await Session.open(request, edges);
  await session.carryOut(async () => {
    await measureBlocks(session);
    return { sentence: 'measured' };
  });
  return session.plan.runId;
}

/** One after the other, and each by how often its variant has been measured in its block. */
function assertNumbered(all: readonly Round[]): void {
  assert.deepEqual(
    all.map(({ round, attempt }) => [round, attempt]),
    all.map(({ block, variant }, index) => {
      const before = all.slice(0, index).filter((one) => one.block === block && one.variant === variant);
      return [index + 1, before.length + 1];
    }),
  );
}
