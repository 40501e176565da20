import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DynoError } from '../errors.ts';
import type { OwnerPlan } from './fixtures/owner.ts';
import { announced, announcedIn, type Kind } from './fixtures/tree.ts';
import { until } from './fixtures/until.ts';
import { allProcesses, commandOf, isAlive, markOf, readProcess } from './proc.ts';
import { livingOf, type Owner, Processes, type StartSpec, stopLiving, sweep } from './processes.ts';

const tree = join(import.meta.dirname, 'fixtures/tree.ts');
const run: Owner = { kind: 'run', runId: 'test' };
let folder: string;
let home: string;
let pidFolder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-processes-'));
  home = join(folder, 'home');
  pidFolder = join(folder, 'pids');
  mkdirSync(pidFolder);
});

afterEach(async () => {
  // A failed test must not leave its processes to the next one.
  await Promise.all([stopLiving(home, 'run'), stopLiving(home, 'stack')]);
  const left = new Set([...marked().map((one) => one.pid), ...announcedIn(pidFolder)]);
  for (const pid of left) if (commandOf(pid).includes(folder)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

function spec(kind: Kind): StartSpec {
  return {
    what: kind,
    command: process.execPath,
    args: [tree, kind, pidFolder],
    cwd: folder,
    env: process.env,
    logFile: join(folder, 'log', `${kind}.log`),
  };
}

/** npm, a shell and node: three levels, of which only the last one announces itself. */
function npmSpec(): StartSpec {
  const project = join(folder, 'npm');
  mkdirSync(project, { recursive: true });
  const start = `'${process.execPath}' '${tree}' stubborn '${pidFolder}' && true`;
  writeFileSync(join(project, 'package.json'), JSON.stringify({ scripts: { start } }));
  return { ...spec('stubborn'), what: 'npm', command: 'npm', args: ['start'], cwd: project };
}

const kinds: Kind[] = ['plain', 'cluster', 'setsid', 'stopped', 'orphan'];
const announcements = kinds.reduce((sum, kind) => sum + announced[kind], 1);

async function startOwner(plan: Partial<OwnerPlan> = {}): Promise<ChildProcess & { pid: number }> {
  const complete: OwnerPlan = {
    home,
    owner: run,
    reap: true,
    specs: [...kinds.map(spec), npmSpec()].map(({ env: _, ...rest }) => rest),
    afterwards: 'stay',
    ...plan,
  };
  const owner = spawn(
    process.execPath,
    [join(import.meta.dirname, 'fixtures/owner.ts'), JSON.stringify(complete)],
    { detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(owner.stdout, 'data');
  const { pid } = owner;
  assert.ok(pid !== undefined);
  return Object.assign(owner, { pid });
}

/** All processes of the owner's children: those that announced themselves, and those that carry a mark (npm, sh). */
async function family(): Promise<{ pid: number; startTime: number; command: string }[]> {
  await until('every process has announced itself', () => announcedIn(pidFolder).length === announcements);
  // Its leader ends when it has announced itself; until the owner has seen that, nobody knows it but by its leader.
  await until('the orphan is known', () => ledger().filter(({ what }) => what === 'orphan').length === 2);
  const pids = new Set([...announcedIn(pidFolder), ...marked().map((one) => one.pid)]);
  return [...pids].map((pid) => {
    const stat = readProcess(pid);
    assert.ok(stat, `process ${pid} lives`);
    return stat;
  });
}

function marked() {
  const prefixes = ledger().map((entry) => entry.mark.split('.')[0]);
  return allProcesses().filter((one) => prefixes.includes(markOf(one.pid)?.split('.')[0] ?? ''));
}

function ledger(): { pid: number | null; mark: string; what: string }[] {
  try {
    return ledgerText()
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

const ledgerFile = () => join(home, 'processes.ndjson');
const ledgerText = () => readFileSync(ledgerFile(), 'utf8');

async function nothingLeft(members: { pid: number; startTime: number; command: string }[]): Promise<void> {
  const alive = () => members.filter(isAlive).map((one) => `${one.command} ${one.pid}`);
  await until('everything has ended', () => alive().length === 0 && marked().length === 0);
}

const faults: { name: string; strike(owner: { pid: number }): void }[] = [
  { name: 'kill -9', strike: ({ pid }) => process.kill(pid, 'SIGKILL') },
  { name: 'Ctrl-C to the foreground group', strike: ({ pid }) => process.kill(-pid, 'SIGINT') },
  { name: 'SIGTERM', strike: ({ pid }) => process.kill(pid, 'SIGTERM') },
  { name: 'SIGHUP', strike: ({ pid }) => process.kill(-pid, 'SIGHUP') },
];

for (const { name, strike } of faults) {
  test(`nothing survives its owner: ${name}`, async () => {
    const owner = await startOwner();
    const members = await family();
    const [reaper] = reapers();
    assert.ok(reaper);
    strike(owner);
    await once(owner, 'exit');
    await nothingLeft(members);
    await until('the reaper has ended', () => readProcess(reaper) === null);
  });
}

test('nothing survives an owner that leaves without a word', async () => {
  await startOwner({ specs: [spec('plain')], afterwards: 'leave' });
  await until('everything has ended', () => ledger().length === 1 && marked().length === 0);
});

test('owner and reaper both killed: the next command ends what is left and says so', async () => {
  const owner = await startOwner();
  const members = await family();
  // Stopped, so that it cannot start another reaper in between.
  owner.kill('SIGSTOP');
  for (const reaper of reapers()) process.kill(reaper, 'SIGKILL');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  assert.equal(members.filter(isAlive).length, members.length);

  const lines = await sweep(home);

  await nothingLeft(members);
  for (const kind of [...kinds, 'npm']) {
    assert.ok(
      lines.some((line) => line.startsWith(`killed ${kind} (pid `)),
      `${kind} in ${lines}`,
    );
  }
  assert.deepEqual(await sweep(home), []);
  assert.equal(ledgerText(), '');
});

test("a program's folder is gone when it has stopped, or with the next command when its own was killed", async () => {
  const folderOf = (name: string) => {
    const path = join(folder, name);
    mkdirSync(join(path, 'profile'), { recursive: true });
    return path;
  };
  const ofStopped = folderOf('stopped');
  const processes = await Processes.open({ home, owner: run, reap: true });
  const child = await processes.start({ ...spec('plain'), folder: ofStopped });
  await child.stop();
  assert.equal(existsSync(ofStopped), false);
  const ofNone = folderOf('none');
  await assert.rejects(processes.start({ ...spec('plain'), command: 'no-such-program', folder: ofNone }));
  assert.equal(existsSync(ofNone), false);
  await processes.close();

  const ofKilled = folderOf('killed');
  const { env: _, ...plain } = spec('plain');
  const owner = await startOwner({ specs: [{ ...plain, folder: ofKilled }] });
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await until('it has gone', () => marked().length === 0);
  // Whoever looks at the ledger in between does not forget it.
  await (await Processes.open({ home, owner: run, reap: false })).close();
  assert.equal(existsSync(ofKilled), true);
  assert.deepEqual(await sweep(home), []);
  assert.equal(existsSync(ofKilled), false);
  assert.equal(ledgerText().includes(ofKilled), false);
});

test('a process that only has the number of one that is gone stays alive', async () => {
  const owner = await startOwner({ specs: [spec('plain')] });
  await until('it is there', () => announcedIn(pidFolder).length === 1);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await until('it has gone', () => marked().length === 0);
  const entry = JSON.parse(ledgerText());
  const innocent = spawn(process.execPath, [tree, 'plain', pidFolder], { detached: true, stdio: 'ignore' });
  try {
    const stat = readProcess(innocent.pid ?? 0);
    assert.ok(stat);
    const other = { ...entry, pid: stat.pid, pgid: stat.pgid };
    const rewritten = [
      other,
      { ...other, mark: 'run-b.1', startTime: stat.startTime, bootId: 'another boot' },
      { ...other, mark: 'run-c.1', startTime: stat.startTime + 1 },
    ];
    writeFileSync(ledgerFile(), rewritten.map((one) => `${JSON.stringify(one)}\n`).join(''));

    assert.deepEqual(await sweep(home), []);
    assert.deepEqual(await stopLiving(home, 'run'), []);
    assert.ok(isAlive(stat));
  } finally {
    innocent.kill('SIGKILL');
  }
});

test('a living owner is not swept', async () => {
  const owner = await startOwner({ specs: [spec('plain')] });
  await until('it is there', () => announcedIn(pidFolder).length === 1);
  assert.deepEqual(await sweep(home), []);
  assert.equal((await livingOf(home, 'run')).length, 1);
  assert.equal((await livingOf(home, 'stack')).length, 0);
  owner.kill('SIGKILL');
  await until('it has gone', () => marked().length === 0);
});

for (const end of ['close', 'kill -9'] as const) {
  test(`what is to live on outlives its owner (${end}) until it is stopped`, async () => {
    const owner = await startOwner({
      owner: { kind: 'stack' },
      reap: false,
      specs: [spec('plain'), spec('cluster')].map((one) => ({ ...one, graceMs: 300 })),
      afterwards: end === 'close' ? 'close' : 'stay',
    });
    if (end === 'kill -9') owner.kill('SIGKILL');
    if (owner.exitCode === null && owner.signalCode === null) await once(owner, 'exit');
    await until('all are there', () => announcedIn(pidFolder).length === 4);

    assert.deepEqual(await sweep(home), []);
    const found = await livingOf(home, 'stack');
    assert.deepEqual(
      found.map((one) => one.what),
      ['plain', 'cluster'],
    );
    assert.deepEqual(
      found.map((one) => one.pid),
      ledger().flatMap(({ pid }) => pid ?? []),
    );

    const lines = await stopLiving(home, 'stack');
    assert.match(lines.join('\n'), /^stopped plain \(pid \d+\)\nstopped cluster \(pid \d+, \d+, \d+\)$/);
    assert.equal(marked().length, 0);
    assert.equal(ledgerText(), '');
  });
}

test('killed between a start and its entry: what was to live on is still found, and stopped', async () => {
  // The first write of the ledger is the intention, the second one would be the entry.
  const preload = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { writeFileSync } = fs;
    let writes = 0;
    fs.writeFileSync = (file, ...rest) => {
      if (typeof file === 'number' && ++writes === 2) process.kill(process.pid, 'SIGKILL');
      return writeFileSync(file, ...rest);
    };
    syncBuiltinESMExports();`;
  const plan = { home, owner: { kind: 'stack' }, reap: false, specs: [spec('plain')], afterwards: 'stay' };
  const owner = spawn(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(preload)}`,
      join(import.meta.dirname, 'fixtures/owner.ts'),
      JSON.stringify(plan),
    ],
    { stdio: 'ignore' },
  );
  assert.deepEqual(await once(owner, 'exit'), [null, 'SIGKILL']);
  await until('it is there', () => announcedIn(pidFolder).length === 1);
  assert.deepEqual(
    ledger().map(({ pid }) => pid),
    [null],
  );

  assert.deepEqual(await sweep(home), []);
  const [found] = await livingOf(home, 'stack');
  assert.equal(found?.pid, announcedIn(pidFolder)[0]);
  assert.deepEqual(await stopLiving(home, 'stack'), [`stopped plain (pid ${found?.pid})`]);
  assert.equal(ledgerText(), '');
});

test('a polite stop waits for every member and reaches a stopped one', async () => {
  const processes = await Processes.open({ home, owner: run, reap: true });
  const stopped = await processes.start(spec('stopped'));
  const setsid = await processes.start(spec('setsid'));
  await until('all are there', () => announcedIn(pidFolder).length === 3);
  assert.equal(setsid.members().length, 2);
  assert.equal(setsid.hasExited(), false);

  // SIGTERM ends the stopped one, once continued; a grace that is never used up proves it.
  await stopped.stop({ graceMs: 60_000 });
  assert.deepEqual(await stopped.exited, { code: null, signal: 'SIGTERM' });
  assert.equal(stopped.hasExited(), true);

  await setsid.stop({ graceMs: 100 });
  assert.deepEqual(setsid.members(), []);
  await processes.close();
  assert.equal(reapers().length, 0);
});

test('a second, impatient stop cuts the first one short', async () => {
  const processes = await Processes.open({ home, owner: run, reap: true });
  await processes.start(spec('stubborn'));
  await until('it is there', () => announcedIn(pidFolder).length === 1);
  const polite = processes.stopAll({ graceMs: 600_000 });
  await processes.stopAll({ graceMs: 0 });
  await polite;
  await processes.close();
});

test('a reaper that was killed is replaced', async () => {
  const owner = await startOwner();
  const members = await family();
  const [first] = reapers();
  assert.ok(first);
  process.kill(first, 'SIGKILL');
  await until('there is another one', () => reapers().some((pid) => pid !== first));
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await nothingLeft(members);
});

test('both streams are in the log, its tail is fit for a terminal', async () => {
  const processes = await Processes.open({ home, owner: run, reap: true });
  const text = `for (let i = 0; i < 20000; i++) console.log('line ' + i);
    console.error('\\u001b[31mred\\u001b[0m \\u0007bell'); console.log('x'.repeat(1000)); process.exit(3)`;
  const child = await processes.start({ ...spec('plain'), args: ['-e', text] });
  assert.deepEqual(await child.exited, { code: 3, signal: null });
  assert.equal(await child.logTail(3), `line 19999\nred bell\n${'x'.repeat(500)}…`);
  await processes.close();
});

test('what cannot be started is said with its reason', async () => {
  const processes = await Processes.open({ home, owner: run, reap: true });
  const start = (change: Partial<StartSpec>) => processes.start({ ...spec('plain'), ...change });
  const says = (pattern: RegExp) => (error: unknown) =>
    error instanceof DynoError && pattern.test(error.message);
  await assert.rejects(
    start({ command: 'no-such-program' }),
    says(/plain: there is no program no-such-program/),
  );
  await assert.rejects(start({ cwd: join(folder, 'nowhere') }), says(/there is no folder .*nowhere/));
  await assert.rejects(start({ command: tree }), says(/tree\.ts is not executable/));
  await processes.close();
});

test('the ledger does not grow with the number of runs', async () => {
  for (let round = 0; round < 5; round += 1) {
    const processes = await Processes.open({ home, owner: run, reap: true });
    assert.equal(ledger().length, 0);
    await (await processes.start(spec('plain'))).stop();
    await processes.close();
  }
});

/** Only of this test file: its owners run on this test's home or in this process. */
function reapers(): number[] {
  return allProcesses()
    .filter((one) => commandOf(one.pid).includes('reaper.ts'))
    .filter((one) => one.parentPid === process.pid || isOfOurOwner(one.parentPid))
    .map((one) => one.pid);
}

function isOfOurOwner(pid: number): boolean {
  return commandOf(pid).includes(home);
}
