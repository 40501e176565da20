import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNode } from './node.js';
import { npm } from './npm.js';

export const project = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** node_modules and a Node, from an empty checkout. */
const roomMebibytes = 2_048;

/** Everything that must be there before TypeScript of ours can run; returns the Node that runs it. */
export async function setUp(folder = project) {
  assertPlatform();
  const lock = await takeLock(folder, 'set-up');
  try {
    const node = await ensureNode(folder);
    await ensureDependencies(node, folder);
    return node;
  } finally {
    lock.close();
  }
}

/** The locked dependencies, installed only when something that decides about them differs from the last time. */
async function ensureDependencies(node, folder) {
  const stampFile = join(folder, 'node_modules', '.dyno-setup');
  const stamp = stampOf(node, folder);
  if (read(stampFile) === stamp) return;
  const { bavail, bsize } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / 1024 / 1024);
  if (free < roomMebibytes) {
    throw new Error(
      `Set-up needs ${roomMebibytes} MiB in ${folder}, where ${free} MiB are free: free some and start again.`,
    );
  }
  // npm ci removes node_modules, and with it the stamp: an interrupted one is repeated.
  await npm(node, ['ci'], {
    cwd: folder,
    doing: 'Installing dependencies',
    log: join(folder, '.dyno', 'log', 'setup.log'),
  });
  writeFileSync(`${stampFile}.part`, stamp);
  renameSync(`${stampFile}.part`, stampFile);
}

/** Runs a command of the lab in the place of this process, as far as that is possible. */
export async function handOver(args) {
  const node = await setUp();
  return runInPlace(node, [join(project, 'services/lab/src/cli.ts'), ...args], process.env);
}

/** Its terminal, its signals, its exit code. */
export function runInPlace(node, args, env) {
  const child = spawn(node, args, { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to the whole group, so the child has it already; a second one would mean "at once".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => done(code ?? 128 + constants.signals[signal]));
  });
}

/** The end of every script: an expected failure is one sentence, not a stack of calls. */
export async function main(work) {
  try {
    process.exitCode = await work();
  } catch (error) {
    console.error(process.env.DYNO_DEBUG ? error : error.message);
    process.exitCode = error.exitCode ?? 2;
  }
}

function stampOf(node, folder) {
  const hash = createHash('sha256');
  for (const path of ['package.json', 'package-lock.json', '.npmrc', ...workspaces(folder)]) {
    hash.update(`${path}\0${read(join(folder, path))}\0`);
  }
  return hash.update(`${node}\0${process.platform}-${process.arch}`).digest('hex');
}

function workspaces(folder) {
  const { workspaces: patterns = [] } = JSON.parse(read(join(folder, 'package.json')));
  return patterns
    .flatMap((pattern) => (pattern.endsWith('/*') ? inside(folder, pattern.slice(0, -2)) : [pattern]))
    .map((workspace) => join(workspace, 'package.json'));
}

function inside(folder, parent) {
  return readdirSync(join(folder, parent))
    .sort()
    .map((name) => join(parent, name));
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  }
}

/** Before anything is fetched for a machine on which nothing could be measured. */
function assertPlatform() {
  const { platform, arch } = process;
  if (platform === 'linux' && ['x64', 'arm64'].includes(arch)) return;
  throw new Error(
    `Dyno measures through /proc and runs on Linux (x64, arm64); this is ${platform} ${arch}. Use a Linux machine, a virtual one, or WSL 2.`,
  );
}

/**
 * One at a time in a checkout: two npm ci would tear each other's files away, two test runs share a stack.
 * The kernel frees an abstract socket with its process, even on kill -9.
 */
export async function takeLock(folder, what) {
  mkdirSync(join(folder, '.dyno'), { recursive: true });
  const name = `\0dyno-${what.replaceAll(' ', '-')}-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  for (let told = false; ; told = true) {
    const server = createServer();
    const taken = await new Promise((done, fail) => {
      server.once('error', (error) => (error.code === 'EADDRINUSE' ? done(true) : fail(error)));
      server.listen(name, () => done(false));
    });
    if (!taken) return server;
    if (!told) console.error(`Waiting for another ${what} in this folder`);
    await new Promise((done) => setTimeout(done, 300));
  }
}
