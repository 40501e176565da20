import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { livingOf, Processes } from '../run/processes.ts';
import { isPortName, projectFolder, readSettings } from '../settings.ts';
import { parts } from './parts.ts';
import { doctor, ensureStack, stackDown, stackStatus } from './stack.ts';
import { bench, freePorts } from './testing.ts';

/** The stack of the whole test run (tests/setup.ts), seen from another process. */
async function again(t: TestContext) {
  const settings = readSettings();
  const processes = await Processes.open({ home: settings.home, owner: { kind: 'stack' }, reap: true });
  t.after(() => processes.close());
  return { settings, processes };
}

/** Nothing has been started here yet. */
async function empty(t: TestContext) {
  const { work } = await bench(t);
  const ports = { ...work.settings.ports };
  const names = Object.keys(ports).filter(isPortName);
  const free = await freePorts(names.length);
  for (const [index, name] of names.entries()) ports[name] = free[index] ?? 0;
  return { ...work, settings: { ...work.settings, project: projectFolder, ports, stack: 'native' as const } };
}

test('a stack that is up is reused, and stays up when its guest stops', async (t) => {
  const { settings, processes } = await again(t);
  const before = await livingOf(settings.home, 'stack');
  const stack = await ensureStack(settings, { processes, onProgress: () => {}, seed: false });
  assert.equal(stack.kind, 'native');
  const [pid] = await stack.pidsOf('mysql');
  assert.ok(before.some((one) => one.what === 'mysql' && one.pid === pid));
  assert.deepEqual(Object.keys(stack.versions).sort(), [
    'jaeger',
    'k6',
    'mail',
    'memcached',
    'mysql',
    'nginx',
    'prometheus',
    'redis',
  ]);
  await stack.stop();
  assert.deepEqual(await livingOf(settings.home, 'stack'), before);
});

test('status says of each part whether it answers, with pid, ports and log', async (t) => {
  const { settings } = await again(t);
  const { kind, parts } = await stackStatus(settings);
  assert.equal(kind, 'native');
  for (const part of parts) {
    assert.equal(part.state, 'ready', part.title);
    assert.ok(part.pid !== null && part.version !== null && part.logFile !== null);
  }
  assert.deepEqual(parts.find((part) => part.part === 'mysql')?.ports, [settings.ports.mysql]);
});

test('doctor knows our own ports from foreign ones', async (t) => {
  const { settings } = await again(t);
  const findings = await doctor(settings);
  const mysql = findings.find(({ what }) => what === `port ${settings.ports.mysql}`);
  assert.deepEqual([mysql?.state, mysql?.detail], ['good', 'DYNO_PORT__MYSQL: in use by our stack']);

  const { settings: unused } = await empty(t);
  const server = createServer().listen(unused.ports.redis, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const redis = (await doctor(unused)).find(({ what }) => what === `port ${unused.ports.redis}`);
  assert.equal(redis?.state, 'bad');
  assert.match(redis?.detail ?? '', new RegExp(`taken by process ${process.pid}`));
});

test('doctor only doubts a taken port that no start needs', async (t) => {
  const { settings } = await empty(t);
  const server = createServer().listen(settings.ports.grafana, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const findings = await doctor(settings);
  const grafana = findings.find(({ what }) => what === `port ${settings.ports.grafana}`);
  assert.equal(grafana?.state, 'doubtful');
  assert.match(grafana?.detail ?? '', new RegExp(`taken by process ${process.pid}`));
});

test('when one part cannot start the others are stopped, and its error is the one that is told', async (t) => {
  const work = await empty(t);
  const server = createServer().listen(work.settings.ports.prometheus, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  await assert.rejects(
    ensureStack(work.settings, { processes: work.processes, onProgress: () => {}, seed: false }),
    new RegExp(`Port ${work.settings.ports.prometheus} \\(prometheus\\) is taken`),
  );
  assert.deepEqual(await livingOf(work.settings.home, 'stack'), []);
});

test('what a dead start left half done is removed, a living one keeps its own', async (t) => {
  const { settings, processes } = await again(t);
  const dead = join(settings.home, `mysql.${deadPid()}-0123abcd.part`);
  const alive = join(settings.home, `mysql.${process.pid}-0123abcd.part`);
  await Promise.all([dead, alive].map((folder) => mkdir(folder)));
  t.after(() => rm(alive, { recursive: true }));
  await ensureStack(settings, { processes, onProgress: () => {}, seed: false });
  assert.deepEqual([existsSync(dead), existsSync(alive)], [false, true]);
});

test('where nothing was started nothing runs and nothing is stopped', async (t) => {
  const { settings } = await empty(t);
  assert.deepEqual(
    (await stackStatus(settings)).parts.map(({ part, state }) => [part, state]),
    Object.keys(parts).map((part) => [part, 'stopped']),
  );
  assert.deepEqual(await stackDown(settings), []);
});

/** Of a process that has ended. */
function deadPid(): number {
  return spawnSync('true').pid;
}
