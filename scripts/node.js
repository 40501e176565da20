import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { npm } from './npm.js';

/** Synchronous module hooks, on which tracing depends, came with this release. */
const atLeast = [24, 11, 1];

/**
 * Path of a Node that is new enough: the one that runs this, else the one that npm's platform package brings,
 * inside the project, at the version of `.env`.
 */
export async function ensureNode(project) {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const version = wantedVersion(project);
  const folder = join(project, '.dyno', 'node', version);
  const program = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (!runs(program, version)) await installNode(project, folder, version);
  if (runs(program, version)) return program;
  throw new Error(
    `Node ${process.versions.node} is too old, and ${program} does not run here. ` +
      `Install Node ${atLeast.join('.')} or newer from https://nodejs.org and start again.`,
  );
}

function isNewEnough(version) {
  const found = version.split('.').map(Number);
  const differing = atLeast.findIndex((part, index) => part !== found[index]);
  return differing < 0 || found[differing] > atLeast[differing];
}

function wantedVersion(project) {
  const file = readFileSync(join(project, '.env'), 'utf8');
  return process.env.DYNO_VERSION__NODE || /^DYNO_VERSION__NODE=(.+)$/m.exec(file)?.[1].trim();
}

function runs(program, version) {
  return existsSync(program) && spawnSync(program, ['--version']).stdout?.toString().trim() === `v${version}`;
}

/** Complete, or not there: the folder gets its name when everything is in it. */
async function installNode(project, folder, version) {
  const part = `${folder}.${process.pid}.part`;
  mkdirSync(part, { recursive: true });
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
      copyFileSync(join(project, 'tools', 'node', file), join(part, file));
    }
    await npm(process.execPath, ['ci'], {
      cwd: part,
      doing: `Fetching Node ${version} (this one is ${process.versions.node})`,
      log: join(project, '.dyno', 'log', 'setup-node.log'),
    });
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(part, folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}
