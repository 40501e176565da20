import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { until } from '../services/lab/src/run/fixtures/until.ts';

const project = resolve(import.meta.dirname, '..');

test('the first start installs, the second does not, a changed lock file does again', async (t) => {
  const checkout = await emptyCheckout(t);
  const first = await checkout.start('--exit');
  assert.deepEqual(first, { code: 0, out: 'lab: start --exit\n', npm: 1 });
  assert.equal((await checkout.start()).npm, 1);
  await writeFile(join(checkout.folder, 'package-lock.json'), '{"changed":true}');
  assert.equal((await checkout.start()).npm, 2);
});

test('an interrupted installation is repaired by the next start', async (t) => {
  const checkout = await emptyCheckout(t);
  await checkout.npm('mkdir -p node_modules; echo the registry is away; exit 1');
  const failed = await checkout.start();
  assert.equal(failed.code, 2);
  assert.equal(failed.npm, 1);
  await checkout.npm('mkdir -p node_modules');
  assert.deepEqual(await checkout.start(), { code: 0, out: 'lab: start\n', npm: 2 });
});

test('what npm says is shown when it fails', async (t) => {
  const checkout = await emptyCheckout(t);
  await checkout.npm('echo the registry is away; exit 1');
  const child = checkout.spawn();
  const [error] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.match(error, /npm ci ended with 1\.\nthe registry is away\nThe log is .*setup\.log/);
  assert.doesNotMatch(error, /at .*\.js:\d+/);
});

test('the exit code of the lab is the exit code of the script', async (t) => {
  const checkout = await emptyCheckout(t);
  await checkout.lab('process.exit(3)');
  assert.equal((await checkout.start()).code, 3);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} reaches the lab, which may end in its own time`, async (t) => {
    const checkout = await emptyCheckout(t);
    await checkout.lab(
      `process.once('${signal}', () => setTimeout(() => process.exit(130), 50)); setInterval(() => {}, 1000); console.log('ready')`,
    );
    const child = checkout.spawn();
    await once(child.stdout, 'data');
    child.kill(signal);
    assert.deepEqual(await once(child, 'exit'), [130, null]);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} while npm installs is an interruption, and the next start installs`, async (t) => {
    const checkout = await emptyCheckout(t);
    await checkout.npm('exec sleep 60');
    const child = checkout.spawn();
    const error = text(child.stderr);
    await until('npm runs', async () => (await checkout.npmCalls()) === 1);
    child.kill(signal);
    assert.deepEqual(await once(child, 'exit'), [130, null]);
    assert.match(await error, /Stopped; start again to go on\.\n$/);
    await checkout.npm('mkdir -p node_modules');
    assert.deepEqual(await checkout.start(), { code: 0, out: 'lab: start\n', npm: 2 });
  });
}

test('two starts at once install once', async (t) => {
  const checkout = await emptyCheckout(t);
  const results = await Promise.all([checkout.start(), checkout.start()]);
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 0],
  );
  assert.equal(await checkout.npmCalls(), 1);
});

test('the lock file names the packages of every platform, or npm ci would refuse it', async (t) => {
  const checkout = await emptyCheckout(t);
  const path = join(checkout.folder, 'package-lock.json');
  const complete = await readFile(join(project, 'package-lock.json'), 'utf8');
  await writeFile(path, complete);
  assert.equal(await checkout.run('lock.js'), 0);
  assert.equal(await readFile(path, 'utf8'), complete, 'run: node scripts/lock.js');

  const lock = JSON.parse(complete);
  const [name = ''] = Object.keys(lock.packages).filter((key) => key.endsWith('-linux-arm64-musl'));
  delete lock.packages[name];
  await writeFile(path, JSON.stringify(lock));
  assert.equal(await checkout.run('lock.js'), 0);
  const mended = JSON.parse(await readFile(path, 'utf8'));
  assert.deepEqual(mended.packages[name]?.os, ['linux']);
  assert.deepEqual(Object.keys(mended.packages), Object.keys(JSON.parse(complete).packages));
});

test('on a platform on which nothing could be measured nothing is fetched', async (t) => {
  const checkout = await emptyCheckout(t);
  const elsewhere = "data:text/javascript,Object.defineProperty(process, 'platform', { value: 'darwin' })";
  const child = checkout.spawn({ NODE_OPTIONS: `--import="${elsewhere}"` });
  const [error, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.equal(code, 2);
  assert.match(error, /^Dyno measures through \/proc .* this is darwin .* WSL 2\.\n$/);
  assert.equal(await checkout.npmCalls(), 0);
});

/** The scripts of this checkout around a lab of one line and an npm that counts its calls. */
async function emptyCheckout(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'dyno-scripts-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const calls = join(folder, 'calls');
  await cp(join(project, 'scripts'), join(folder, 'scripts'), { recursive: true });
  await cp(join(project, '.env'), join(folder, '.env'));
  await writeFile(join(folder, 'package.json'), '{"type":"module","workspaces":[]}');
  await writeFile(join(folder, 'package-lock.json'), '{}');
  const lab = (code: string) => writeWithFolder(join(folder, 'services/lab/src/cli.ts'), code);
  const npm = (code: string) => writeProgram(join(folder, 'path/npm'), `echo call >> ${calls}\n${code}`);
  await lab("console.log('lab:', process.argv.slice(2).join(' '))");
  await npm('mkdir -p node_modules');
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${join(folder, 'path')}:${process.env.PATH}` };
  // Set when these tests run under npm test, and would call the real one.
  delete env.npm_execpath;
  const spawnScript = (name: string, args: string[], more: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, [join(folder, 'scripts', name), ...args], {
      env: { ...env, ...more },
    });
    t.after(() => stillRuns(child) && child.kill('SIGKILL'));
    return child;
  };
  const npmCalls = async () =>
    existsSync(calls) ? (await readFile(calls, 'utf8')).split('call').length - 1 : 0;
  const start = async (...args: string[]) => {
    const child = spawnScript('start.js', args);
    const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return { code, out, npm: await npmCalls() };
  };
  const run = async (name: string): Promise<number> => {
    const [code] = await once(spawnScript(name, []), 'exit');
    return code;
  };
  const spawnStart = (more?: NodeJS.ProcessEnv) => spawnScript('start.js', [], more);
  return { folder, lab, npm, npmCalls, run, spawn: spawnStart, start };
}

const stillRuns = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

async function writeWithFolder(path: string, content: string): Promise<void> {
  await mkdir(resolve(path, '..'), { recursive: true });
  await writeFile(path, content);
}

async function writeProgram(path: string, body: string): Promise<void> {
  await writeWithFolder(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
}
