import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
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

function workTree({ git }: EnvironmentFile): string | undefined {
  if (!git) return undefined;
  return git.dirty ? 'changed' : 'clean';
}

function osName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? type();
  } catch {
    return type();
  }
}

function ownVersion(project: string): string {
  const parsed: unknown = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
}

/** Null where the project is no git checkout. Nothing of the repository runs: hooks and monitors are off. */
async function readGit(project: string): Promise<EnvironmentFile['git']> {
  const git = async (...args: string[]) => {
    const safe = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'];
    return (await execute('git', [...safe, ...args], { cwd: project })).stdout.trim();
  };
  try {
    const commit = await git('rev-parse', '--verify', 'HEAD');
    return { commit, dirty: (await git('status', '--porcelain', '--untracked-files=no')) !== '' };
  } catch {
    return null;
  }
}

function sorted(versions: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(versions).sort(([a], [b]) => a.localeCompare(b)));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
