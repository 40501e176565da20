import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { lowPort } from '../../../api/src/testing/ports.ts';
import { Processes } from '../run/processes.ts';
import { projectFolder } from '../settings.ts';
import { collectProfile, profileCommand } from './profile.ts';

const options = { title: 'a service', delayMs: 0 };
const serverFile = 'services/lab/src/evidence/fixtures/server.ts';
/** An inlined function has no frame of its own: left to V8, spellName has few samples, and sometimes none. */
const keepFrames = ['--no-turbo-inlining', '--no-maglev-inlining'];

test('a TypeScript service under load becomes a flamegraph and folded stacks', {
  timeout: 120_000,
}, async (context) => {
  const folder = temporaryFolder(context);
  const work = join(folder, 'work');
  const profiled = profileCommand([process.execPath, ...keepFrames, serverFile], {
    ...options,
    folder: work,
  });
  const port = await lowPort();
  const processes = await Processes.open({ home: folder, owner: { kind: 'run', runId: 'test' }, reap: true });
  context.after(() => processes.close());
  const [command = '', ...args] = profiled.command;
  mkdirSync(work);
  const child = await processes.start({
    what: 'profiled service',
    command,
    args,
    cwd: projectFolder,
    env: { PATH: process.env.PATH, PORT: String(port) },
    logFile: join(folder, 'service.log'),
    stopSignal: profiled.stopSignal,
    graceMs: profiled.graceMs,
  });
  await askUntilReady(`http://127.0.0.1:${port}`);
  for (let request = 0; request < 600; request++) {
    await (await fetch(`http://127.0.0.1:${port}`)).arrayBuffer();
  }
  await child.stop();

  const profile = await collectProfile({ folder: work, variant: 'naive', project: projectFolder }, folder);
  assert.deepEqual(profile, {
    flamegraph: 'profiles/naive/flamegraph.html',
    folded: 'profiles/naive/folded.txt',
    samples: profile.samples,
  });
  assert.ok(profile.samples > 100, `${profile.samples} samples`);
  const page = readFileSync(join(folder, profile.flamegraph), 'utf8');
  assert.match(page, /a service/);
  assert.ok(page.includes('spellName'), 'the page knows the function');
  assert.doesNotMatch(
    page,
    /<(?:script|link)[^>]+(?:src|href)="https?:/,
    'the page needs nothing from outside',
  );
  const folded = readFileSync(join(folder, profile.folded), 'utf8');
  const line = lineOf(serverFile, 'function spellName');
  assert.match(
    folded,
    new RegExp(`;spellName ${serverFile}:${line}[; ]`),
    'a frame carries its name, file and line',
  );
  const total = folded
    .trimEnd()
    .split('\n')
    .reduce((sum, row) => sum + Number(row.slice(row.lastIndexOf(' ') + 1)), 0);
  assert.equal(total, profile.samples);
  assert.ok(!existsSync(work), '0x leaves nothing behind');
  const strays = readdirSync(projectFolder).filter((name) => name.startsWith('isolate-'));
  assert.deepEqual(strays, [], 'nor in the project');
});

test('of a service with threads, the log of the one that serves is left to 0x', async (context) => {
  const folder = temporaryFolder(context);
  const main = `const thread = new (require('node:worker_threads').Worker)('', { eval: true });
thread.on('exit', function inMain() { process.exit(); });`;
  const { command } = profileCommand(['node', '--eval', main], { ...options, folder });
  const [node = '', ...args] = command.slice(command.indexOf('--') + 1);
  // As 0x starts it.
  const service = spawn(node, ['--prof', `--logfile=${folder}/%p-v8.log`, ...args], { stdio: 'inherit' });
  assert.deepEqual(await once(service, 'exit'), [0, null]);
  const [log = '', ...others] = readdirSync(folder);
  assert.deepEqual(others, []);
  assert.match(readFileSync(join(folder, log), 'utf8'), /inMain/);
});

test('a service that never got to run gives a sentence, not a page', async (context) => {
  const folder = temporaryFolder(context);
  await assert.rejects(
    collectProfile({ folder: join(folder, 'work'), variant: 'naive', project: projectFolder }, folder),
    /0x wrote no flamegraph\.html for naive/,
  );
});

test('what is not Node is refused with the way out', () => {
  assert.throws(
    () => profileCommand(['npm', 'start'], { ...options, folder: '/nowhere' }),
    /"npm start" cannot be profiled: 0x needs a command that starts with node/,
  );
});

test('arguments of the service stay as they are', () => {
  const { command } = profileCommand(['node', '--import', './x.ts', 'main.ts', '--quiet'], {
    ...options,
    folder: '/f',
  });
  assert.deepEqual(command.slice(-4), ['--import', './x.ts', 'main.ts', '--quiet']);
});

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-profile-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function askUntilReady(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await pause(20);
  }
}

function lineOf(file: string, text: string): number {
  const lines = readFileSync(join(projectFolder, file), 'utf8').split('\n');
  return lines.findIndex((line) => line.includes(text)) + 1;
}
