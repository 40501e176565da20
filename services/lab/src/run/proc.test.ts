import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { until } from './fixtures/until.ts';
import {
  commandOf,
  isAlive,
  markOf,
  membersOf,
  parseStat,
  readProcess,
  readProcessOrZombie,
  readUse,
} from './proc.ts';

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** Runs the text and then stays; returns after its first output. */
async function start(
  text: string,
  { env = {}, detached = false }: { env?: NodeJS.ProcessEnv; detached?: boolean } = {},
): Promise<{ pid: number; output: string }> {
  const child = spawn(process.execPath, ['-e', `${text}; setInterval(() => {}, 1e6)`], {
    env: { ...process.env, ...env },
    detached,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [output] = await once(child.stdout, 'data');
  assert.ok(child.pid !== undefined);
  return { pid: child.pid, output: String(output) };
}

const ready = `console.log('ready')`;

/** Ticks since boot, from another source than the file under test. */
function uptimeTicks(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100;
}

test('fields are counted after the last bracket of the name', () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  const stat = parseStat(`42 (evil) Z 1 (name) S ${fields.slice(1).join(' ')}`);
  assert.deepEqual(stat, {
    pid: 42,
    command: 'evil) Z 1 (name',
    state: 'S',
    threads: 20,
    parentPid: 4,
    pgid: 5,
    sessionId: 6,
    startTime: 22,
    cpuSeconds: 0.29,
    endedCpuSeconds: 0.33,
  });
  assert.equal(parseStat(''), null);
});

test('a process with brackets and blanks in its name is read right', async () => {
  const before = uptimeTicks();
  const { pid } = await start(`process.title = 'a) Z 1 (b'; ${ready}`, { detached: true });
  const stat = readProcess(pid);
  assert.ok(stat);
  assert.equal(stat.command, 'a) Z 1 (b');
  assert.equal(stat.parentPid, process.pid);
  assert.equal(stat.pgid, pid);
  assert.equal(stat.sessionId, pid);
  assert.ok(stat.startTime >= Math.floor(before) && stat.startTime <= uptimeTicks());
  assert.ok(isAlive(stat));
  assert.ok(!isAlive({ pid, startTime: stat.startTime + 1 }));
});

test('CPU, memory and context switches are those of the whole process', async () => {
  const burn = `const end = process.cpuUsage().user + 2e5;
    while (process.cpuUsage().user < end);
    require('worker_threads').parentPort.postMessage('done')`;
  const { pid, output } = await start(
    `const memory = Buffer.alloc(60e6, 1);
     const state = () => JSON.stringify({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss(), kept: memory.length });
     new (require('worker_threads').Worker)(${JSON.stringify(burn)}, { eval: true }).once('message', () => console.log(state()))`,
  );
  const { cpu, rss } = JSON.parse(output);
  const use = readUse(pid);
  assert.ok(use);
  // Ticks are 10 ms, user and system are each rounded down.
  assert.ok(use.cpuSeconds >= (cpu.user + cpu.system) / 1e6 - 0.03, `${use.cpuSeconds} s`);
  assert.ok(use.rssBytes > 60e6 && Math.abs(use.rssBytes / rss - 1) < 0.5, `${use.rssBytes} of ${rss}`);
  assert.ok(use.contextSwitches > 0);
});

test('a zombie is not alive', async () => {
  // sleep takes the shell's place and never asks for the shell's child, which ends only then.
  const script =
    '(until read name </proc/$$/comm && [ "$name" = sleep ]; do :; done) & echo $!; exec sleep 1000';
  const { pid, output } = await start(
    `require('child_process').spawn('sh', ['-c', ${JSON.stringify(script)}], { stdio: 'inherit' })`,
    { detached: true },
  );
  const zombie = Number(output);
  await until('it is a zombie', () => readProcessOrZombie(zombie)?.state === 'Z');
  assert.equal(readProcess(zombie), null);
  process.kill(-pid, 'SIGKILL');
});

test('marks are read from the environment; members are a group and whoever carries its mark', async () => {
  const { pid: leader } = await start(ready, { env: { DYNO_MARK: 'm.1' }, detached: true });
  const { pid: other } = await start(ready, { env: { DYNO_MARK: 'm.2' }, detached: true });
  const { pid: unmarked } = await start(ready, { env: { DYNO_MARK: undefined, OTHER: 'DYNO_MARK=m.1' } });
  assert.equal(markOf(leader), 'm.1');
  assert.equal(markOf(unmarked), null);
  const stat = readProcess(leader);
  assert.ok(stat);
  const pidsOf = (known: (typeof stat)[], mark: string) =>
    membersOf({ known, hasMark: (found) => found === mark }).map((one) => one.pid);
  assert.deepEqual(pidsOf([stat], 'm.1'), [leader]);
  assert.deepEqual(pidsOf([stat], 'none'), [leader]);
  assert.deepEqual(pidsOf([], 'm.2'), [other]);
  assert.deepEqual(pidsOf([{ ...stat, startTime: stat.startTime - 1 }], 'none'), []);
});

test('what is gone has no use, and a command is for people', async () => {
  const { pid } = await start(ready);
  assert.match(commandOf(pid), /node\S* -e console\.log\('ready'\)/);
  process.kill(pid, 'SIGKILL');
  await once(children.at(-1) ?? assert.fail(), 'exit');
  assert.equal(readUse(pid), null);
  assert.equal(commandOf(pid), 'unknown');
});
