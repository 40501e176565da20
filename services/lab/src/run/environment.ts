import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EnvironmentFile, schemaVersion } from '@dyno/contracts/run';

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

/** What makes rounds of today incomparable with those of the stored environment; one line for each. */
export function differences(before: EnvironmentFile, now: EnvironmentFile): string[] {
  const fields = ['cpuModel', 'cores', 'memoryBytes', 'os', 'kernel', 'stack'] as const;
  const names = [...new Set([...Object.keys(before.versions), ...Object.keys(now.versions)])];
  const pairs: [string, unknown, unknown][] = [
    ...fields.map((field): [string, unknown, unknown] => [field, before[field], now[field]]),
    ...names.map((name): [string, unknown, unknown] => [name, before.versions[name], now.versions[name]]),
    ['git commit', before.git?.commit, now.git?.commit],
    ['git work tree', workTree(before), workTree(now)],
  ];
  return pairs
    .filter(([, old, current]) => old !== current)
    .map(([name, old, current]) => `${name} was ${old ?? 'unknown'}, is ${current ?? 'unknown'}`);
}

/** Changed in another way is another program, too. */
function workTree({ git }: EnvironmentFile): string | undefined {
  if (!git) return undefined;
  const { dirty, changesSha256 } = git;
  if (!dirty && changesSha256 === undefined) return 'clean';
  return `changed${changesSha256 ? ` (${changesSha256.slice(0, 12)})` : ''}`;
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

/** Null where the project is no git checkout. Nothing of the repository runs: hooks, monitors and diff programs are off. */
async function readGit(project: string): Promise<EnvironmentFile['git']> {
  const git = async (...args: string[]) => {
    const safe = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'];
    const options = { cwd: project, maxBuffer: gitOutputBytesMax };
    return (await execute('git', [...safe, ...args], options)).stdout;
  };
  try {
    const commit = (await git('rev-parse', '--verify', 'HEAD')).trim();
    const root = (await git('rev-parse', '--show-toplevel')).trim();
    const diff = await git('diff', '--binary', '--no-ext-diff', '--no-textconv', 'HEAD');
    const unknown = await git('ls-files', '-z', '--full-name', '--others', '--exclude-standard', ':/');
    const states = unknown
      .split('\0')
      .filter(Boolean)
      .sort()
      .map((file) => stateOf(root, file));
    const changed = diff !== '' || states.length > 0;
    const changes = changed ? { changesSha256: sha256(JSON.stringify([diff, states])) } : {};
    return { commit, dirty: diff !== '', ...changes };
  } catch {
    return null;
  }
}

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
