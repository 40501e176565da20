import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Experiment, Variant } from '@dyno/contracts/experiment';
import type { PlanFile } from '@dyno/contracts/run';
import { z } from 'zod';
import { DynoError } from '../errors.ts';
import { runErrand } from './errand.ts';
import { isAlive, readProcess } from './proc.ts';
import type { Processes } from './processes.ts';
import { inherited } from './service.ts';

const execute = promisify(execFile);

/** Nothing of the repository runs because it was looked at: `worktree add` would run post-checkout. Filters (LFS) do run. */
const safe = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'];

export interface ResolvedRef {
  name: string;
  commit: string;
  /** Top folder of its work tree. */
  repository: string;
}

/** The commit behind a name, in the repository that the folder belongs to; `folder` comes back relative to its top. */
export async function resolveRef(name: string, cwd: string): Promise<ResolvedRef & { folder: string }> {
  const top = await git(cwd, ['rev-parse', '--show-toplevel']).catch((error) => {
    throw new DynoError(
      `"${name}" can only be a git ref inside a repository; ${cwd} is in none:\n${said(error)}`,
      exitCodes.usage,
      { cause: error },
    );
  });
  const repository = realpathSync(top);
  const commit = await git(cwd, ['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`]).catch(
    (error) => {
      throw new DynoError(
        `There is no git ref "${name}" in ${repository}:\n${said(error)}\nIn a shallow clone (CI) fetch it first, for example with fetch-depth: 0.`,
        exitCodes.usage,
        { cause: error },
      );
    },
  );
  return { name, commit, repository, folder: relative(repository, realpathSync(cwd)) };
}

/** Where the variants of a run are going to be: known before they are there, so that the stored plan says all. */
export function withCheckouts(experiment: Experiment, home: string, runId: string): Experiment {
  const placed = (variant: Variant): Variant =>
    variant.ref ? { ...variant, cwd: join(rootOf(home, runId, variant.name), variant.cwd ?? '.') } : variant;
  return {
    ...experiment,
    baseline: placed(experiment.baseline),
    candidates: experiment.candidates.map(placed),
  };
}

/** The experiment of a finished run as it was before: its checkouts are gone. */
export function withoutCheckouts(experiment: Experiment, home: string, runId: string): Experiment {
  const unplaced = (variant: Variant): Variant => {
    if (!variant.ref) return variant;
    const cwd = relative(rootOf(home, runId, variant.name), variant.cwd ?? '.');
    return { ...variant, cwd: cwd === '' ? '.' : cwd };
  };
  return {
    ...experiment,
    baseline: unplaced(experiment.baseline),
    candidates: experiment.candidates.map(unplaced),
  };
}

export interface CheckoutContext {
  home: string;
  logFolder: string;
  processes: Processes;
  signal: AbortSignal;
  onNote(line: string): void;
}

/** A worktree for each variant that is a git ref, with its dependencies installed. Also again, for a resumed run. */
export async function checkOut({ runId, experiment }: PlanFile, context: CheckoutContext): Promise<void> {
  const variants = [experiment.baseline, ...experiment.candidates].filter(({ ref }) => ref);
  if (variants.length === 0) return;
  await removeCheckouts(context.home, runId);
  const own = readProcess(process.pid);
  const repositories = variants.map((variant) => variant.ref?.repository ?? '');
  const owner: Owner = { pid: process.pid, startTime: own?.startTime ?? 0, repositories };
  // Under its name only with its owner: another command sweeps what seems to have none.
  const folder = folderOf(context.home, `.${runId}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, ownerFile), JSON.stringify(owner));
  await rename(folder, folderOf(context.home, runId));
  // Node and npm look for a package.json upwards: they must not find that of Dyno.
  await writeFile(join(context.home, checkoutsFolder, 'package.json'), '{"private":true}\n');
  for (const variant of variants) {
    await addWorktree(variant, runId, context);
    await install(variant, experiment, runId, context);
  }
}

/** Returns when neither folder nor git knows of them; what is not there is no error. */
export async function removeCheckouts(home: string, runId: string): Promise<void> {
  const folder = folderOf(home, runId);
  if (!existsSync(folder)) return;
  const { repositories } = await ownerOf(folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const worktree = join(folder, entry.name);
    for (const repository of new Set(repositories)) {
      // Twice forced: also one that was killed while it was being added, which git holds locked.
      const args = ['worktree', 'remove', '--force', '--force', worktree];
      await git(repository, args).catch(async () => {
        // What git does not recognize any more it only forgets once it is gone.
        await rm(worktree, { recursive: true, force: true });
        await git(repository, args).catch(() => {});
      });
    }
  }
  await rm(folder, { recursive: true, force: true });
}

/** What commands that were killed have left; one line for each run. */
export async function sweepCheckouts(home: string): Promise<string[]> {
  const all = join(home, checkoutsFolder);
  if (!existsSync(all)) return [];
  const lines: string[] = [];
  for (const entry of await readdir(all, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    if (entry.name.startsWith('.')) {
      await sweepUnnamed(join(all, entry.name));
      continue;
    }
    if (isAlive(await ownerOf(join(all, entry.name)))) continue;
    await removeCheckouts(home, entry.name);
    lines.push(`removed the checkouts that run ${entry.name} has left behind`);
  }
  return lines;
}

/** Of a command that was killed before its checkouts got their name; without an owner it may just be getting one. */
async function sweepUnnamed(folder: string): Promise<void> {
  const owner = await ownerOf(folder);
  const written = await stat(folder).catch(() => null);
  if (!written || isAlive(owner)) return;
  if (owner.pid === 0 && Date.now() - written.mtimeMs < unnamedMs) return;
  await rm(folder, { recursive: true, force: true });
}

/** Far more than the moment between making the folder and writing its owner. */
const unnamedMs = 60_000;

async function addWorktree({ name, ref }: Variant, runId: string, context: CheckoutContext): Promise<void> {
  if (!ref) return;
  const worktree = rootOf(context.home, runId, name);
  context.onNote(`checking out ${ref.name} (${ref.commit.slice(0, 10)})`);
  const args = [
    '-C',
    ref.repository,
    ...safe,
    'worktree',
    'add',
    '--force',
    '--detach',
    worktree,
    ref.commit,
  ];
  await runErrand(
    context.processes,
    {
      what: `checkout of ${ref.name}`,
      command: 'git',
      args,
      cwd: '/',
      env: { ...inherited(), GIT_TERMINAL_PROMPT: '0' },
      logFile: join(context.logFolder, `checkout-${name}.log`),
    },
    {
      seconds: errandSeconds,
      wayOut: `Try "git worktree add --detach <folder> ${ref.name}" in ${ref.repository}: it has to end without a question.`,
    },
    context.signal,
  );
}

async function install(
  variant: Variant,
  { service }: Experiment,
  runId: string,
  context: CheckoutContext,
): Promise<void> {
  const root = rootOf(context.home, runId, variant.name);
  const cwd = variant.cwd ?? root;
  if (!existsSync(cwd)) {
    throw new DynoError(
      `${variant.ref?.name} has no folder ${relative(root, cwd)}: say another one with --cwd.`,
      exitCodes.usage,
    );
  }
  const chosen = service.install ? { command: service.install, cwd } : installOf(cwd, root);
  if (!chosen) return;
  const [program = '', ...args] = chosen.command;
  context.onNote(`${chosen.command.join(' ')} in ${variant.ref?.name}`);
  await runErrand(
    context.processes,
    {
      what: `installing ${variant.ref?.name}`,
      command: program,
      args,
      cwd: chosen.cwd,
      env: { ...inherited(), ...npmSettings(), ...service.env, ...variant.env },
      logFile: join(context.logFolder, `install-${variant.name}.log`),
    },
    { seconds: errandSeconds, wayOut: 'It has to end by itself, without a question.' },
    context.signal,
  ).catch((error) => {
    if (!(error instanceof DynoError) || context.signal.aborted) throw error;
    const wayOut =
      'Another command is taken with --install, for example --install "npm install"; --install true takes none.';
    throw new DynoError(`${error.message}\n${wayOut}`, exitCodes.invalid, { cause: error });
  });
}

/** For a checkout or an installation; nobody waits longer for one that hangs. */
const errandSeconds = 600;

/** Where packages come from, as CI says it; npm's other variables are about the folder in which Dyno was started. */
function npmSettings(): NodeJS.ProcessEnv {
  const settings =
    /^npm_config_(?:registry|userconfig|globalconfig|cache|offline|prefer_offline|cafile|proxy|https_proxy)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => settings.test(name)));
}

/** What the nearest lock file asks for, from the service's folder up to the top of the checkout. */
function installOf(cwd: string, root: string): { command: string[]; cwd: string } | null {
  const folders = foldersUpTo(cwd, root);
  for (const folder of folders) {
    const found = lockFiles.find(({ file }) => existsSync(join(folder, file)));
    if (found) return { command: found.command, cwd: folder };
  }
  const folder = folders.find((one) => existsSync(join(one, 'package.json')));
  return folder === undefined
    ? null
    : { command: ['npm', 'install', '--no-audit', '--no-fund'], cwd: folder };
}

const lockFiles = [
  { file: 'package-lock.json', command: ['npm', 'ci', '--no-audit', '--no-fund'] },
  { file: 'npm-shrinkwrap.json', command: ['npm', 'ci', '--no-audit', '--no-fund'] },
  { file: 'pnpm-lock.yaml', command: ['pnpm', 'install', '--frozen-lockfile'] },
  { file: 'yarn.lock', command: ['yarn', 'install', '--frozen-lockfile'] },
];

function foldersUpTo(folder: string, root: string): string[] {
  return folder === root || !folder.startsWith(root)
    ? [folder]
    : [folder, ...foldersUpTo(dirname(folder), root)];
}

const checkoutsFolder = 'checkouts';
const ownerFile = 'owner.json';
const ownerSchema = z.object({ pid: z.number(), startTime: z.number(), repositories: z.array(z.string()) });
type Owner = z.infer<typeof ownerSchema>;

/** A folder that says nothing belongs to nobody: it was left before its first worktree. */
async function ownerOf(folder: string): Promise<Owner> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(join(folder, ownerFile), 'utf8')));
  } catch {
    return { pid: 0, startTime: 0, repositories: [] };
  }
}

function folderOf(home: string, runId: string): string {
  return join(home, checkoutsFolder, runId);
}

function rootOf(home: string, runId: string, variant: string): string {
  return join(folderOf(home, runId), variant);
}

/** Variables of a hook or a surrounding git command would point it at another repository. */
async function git(cwd: string, args: string[]): Promise<string> {
  const { stdout } = await execute('git', [...safe, ...args], {
    cwd,
    env: { ...inherited(), GIT_TERMINAL_PROMPT: '0' },
    timeout: gitMs,
  });
  return stdout.trim();
}

/** To look something up, or to remove a worktree. */
const gitMs = 60_000;

/** git's own words. */
function said(error: unknown): string {
  if (error instanceof Error && 'killed' in error && error.killed === true)
    return `git has not answered within ${gitMs / 1000} s: try "git status" there`;
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return 'there is no program git on PATH';
  if (error instanceof Error && 'stderr' in error) return String(error.stderr).trim();
  return String(error);
}
