import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Experiment } from '@dyno/contracts/experiment';
import { type EnvironmentFile, type GitState, schemaVersion } from '@dyno/contracts/run';
import { inherited } from './service.ts';

const execute = promisify(execFile);

/** The machine and the versions that a run is made on. */
export async function readEnvironment(
  project: string,
  stack: { kind: EnvironmentFile['stack']; versions: Record<string, string> },
): Promise<EnvironmentFile> {
  const machine = {
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    os: osName(),
    kernel: release(),
    versions: { dyno: ownVersion(project), node: process.versions.node, ...sorted(stack.versions) },
    stack: stack.kind,
  };
  return {
    schemaVersion,
    fingerprint: sha256(JSON.stringify(machine)),
    ...machine,
    git: await readGit(project),
  };
}

/**
 * What the services that are measured as they lie there are made of, by the top folder of their repository. Dyno's own
 * is in the environment already, and a git ref says its commit. What is written below `ownFolders` is Dyno's.
 */
export async function readWorkTrees(
  project: string,
  { service, baseline, candidates }: Experiment,
  ownFolders: readonly string[],
): Promise<Record<string, GitState>> {
  const folders = [baseline, ...candidates]
    .filter(({ url, ref }) => url === undefined && ref === undefined)
    .map(({ cwd }) => resolve(project, cwd ?? service.cwd));
  const known = new Set([await topOf(project), null]);
  const states: Record<string, GitState> = {};
  for (const folder of new Set(folders)) {
    const top = await topOf(folder);
    if (top === null || known.has(top)) continue;
    known.add(top);
    const state = await readGit(top, ownFolders);
    if (state) states[top] = state;
  }
  return states;
}

/** What makes rounds of today incomparable with those of the stored environment; one line for each. */
export function differences(before: EnvironmentFile, now: EnvironmentFile): string[] {
  const fields = ['cpuModel', 'cores', 'memoryBytes', 'os', 'kernel', 'stack'] as const;
  const names = [...new Set([...Object.keys(before.versions), ...Object.keys(now.versions)])];
  const pairs: [string, unknown, unknown][] = [
    ...fields.map((field): [string, unknown, unknown] => [field, before[field], now[field]]),
    ...names.map((name): [string, unknown, unknown] => [name, before.versions[name], now.versions[name]]),
    ['git commit', before.git?.commit, now.git?.commit],
    ['git work tree', workTree(before.git), workTree(now.git)],
    ...servicePairs(before.workTrees, now.workTrees),
  ];
  return pairs
    .filter(([, old, current]) => old !== current)
    .map(([name, old, current]) => `${name} was ${old ?? 'unknown'}, is ${current ?? 'unknown'}`);
}

/** Changed in another way is another program, too. */
function workTree(git: GitState | null | undefined): string | undefined {
  if (!git) return undefined;
  const { dirty, changesSha256 } = git;
  if (!dirty && changesSha256 === undefined) return 'clean';
  return `changed${changesSha256 ? ` (${changesSha256.slice(0, 12)})` : ''}`;
}

/** Runs of an earlier Dyno say nothing of their services. */
function servicePairs(
  before: EnvironmentFile['workTrees'],
  now: EnvironmentFile['workTrees'],
): [string, unknown, unknown][] {
  if (!before) return [];
  const tops = [...new Set([...Object.keys(before), ...Object.keys(now ?? {})])];
  return tops.flatMap((top): [string, unknown, unknown][] => [
    [`commit of ${top}`, before[top]?.commit, now?.[top]?.commit],
    [
      `work tree of ${top} (what the service writes belongs in .gitignore)`,
      workTree(before[top]),
      workTree(now?.[top]),
    ],
  ]);
}

function osName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? type();
  } catch {
    return type();
  }
}

/** Of the Dyno that runs. */
export function ownVersion(project: string): string {
  const parsed: unknown = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
}

/** Null where the folder is in no git checkout. */
async function topOf(folder: string): Promise<string | null> {
  return git(folder, 'rev-parse', '--show-toplevel').then(
    (top) => top.trim(),
    () => null,
  );
}

/** Null where the folder is no git checkout. */
async function readGit(folder: string, ownFolders: readonly string[] = []): Promise<GitState | null> {
  try {
    const commit = (await git(folder, 'rev-parse', '--verify', 'HEAD')).trim();
    const root = (await git(folder, 'rev-parse', '--show-toplevel')).trim();
    const diff = await git(folder, 'diff', '--binary', '--no-ext-diff', '--no-textconv', 'HEAD');
    const unknown = await git(
      folder,
      'ls-files',
      '-z',
      '--full-name',
      '--others',
      '--exclude-standard',
      ':/',
    );
    const states = unknown
      .split('\0')
      .filter((file) => file !== '' && !ownFolders.some((own) => isBelow(own, join(root, file))))
      .sort()
      .map((file) => stateOf(root, file));
    const changed = diff !== '' || states.length > 0;
    const changes = changed ? { changesSha256: sha256(JSON.stringify([diff, states])) } : {};
    return { commit, dirty: diff !== '', ...changes };
  } catch {
    return null;
  }
}

/** Nothing of the repository runs: hooks, monitors and diff programs are off. Variables of a hook do not point elsewhere. */
async function git(folder: string, ...args: string[]): Promise<string> {
  const safe = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'];
  const options = { cwd: folder, env: inherited(), maxBuffer: gitOutputBytesMax, timeout: gitMs };
  return (await execute('git', [...safe, ...args], options)).stdout;
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith('..') && !isAbsolute(way);
}

/** A repository that does not answer is none. */
const gitMs = 120_000;
const gitOutputBytesMax = 256 * 1024 * 1024;
/** Reading a data set for every run would take its time; when it was written tells nearly as much. */
const hashedBytesMax = 16 * 1024 * 1024;

/** A file that git does not know, by its content. */
function stateOf(root: string, file: string): string[] {
  const path = join(root, file);
  try {
    const { size, mtimeMs } = lstatSync(path);
    return [file, size > hashedBytesMax ? `${size} ${mtimeMs}` : sha256(readFileSync(path))];
  } catch {
    // A link to nowhere, or gone since.
    return [file];
  }
}

function sorted(versions: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(versions).sort(([a], [b]) => a.localeCompare(b)));
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
