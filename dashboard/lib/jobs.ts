import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { type JobFile, type JobView, jobFileSchema } from '@dyno/contracts/job';
import { runIdSchema, schemaVersion } from '@dyno/contracts/run';
import { cliFile, cliPath, homeFolder, projectFolder, userEnvironment } from './cli.ts';
import { type Measured, readProgress } from './measured.ts';
import { runIds } from './runFiles.ts';
import { commandText } from './startRequest.ts';

/** Of those, the older ones go when a new one begins. */
const keptMax = 50;
const tailBytes = 32 * 1024;
const tailLines = 14;

/**
 * Starts the command line as its own group, with what it prints in a file: it goes on when the page is closed, and ends like any
 * other when it is told to. It carries the mark of this server, so that nothing of it is left when the server is ended by its reaper.
 */
export async function startJob(
  kind: JobFile['kind'],
  args: readonly string[],
  target: string | null = null,
): Promise<JobFile> {
  await mkdir(jobsFolder(), { recursive: true });
  await removeOld();
  const startedAt = new Date();
  const id = `${stampOf(startedAt)}-${kind}-${randomBytes(3).toString('hex')}`;
  const log = openSync(logOf(id), 'ax', 0o600);
  const child = spawn(process.execPath, [cliPath(), ...args], {
    cwd: projectFolder(),
    env: userEnvironment(),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (child.pid === undefined) {
    const [error] = await once(child, 'error');
    throw error;
  }
  // At once: it may be over before its file is written.
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const job: JobFile = {
    schemaVersion,
    id,
    kind,
    command: commandText(args),
    startedAt: startedAt.toISOString(),
    pid: child.pid,
    startTime: (await startTimeOf(child.pid)) ?? 0,
    target,
    exitCode: null,
  };
  await save(job);
  child.unref();
  void ended.then((code) => save({ ...job, exitCode: code ?? 128 })).catch(() => {});
  return job;
}

/** Null when there is no such job, or its file is no longer readable. */
export async function readJob(id: string): Promise<JobFile | null> {
  if (!runIdSchema.safeParse(id).success) return null;
  const text = await readFile(fileOf(id), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return jobFileSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Those that go on, the newest first. */
export async function livingJobs(): Promise<JobFile[]> {
  const jobs = await Promise.all((await jobIds()).slice(0, keptMax).map(readJob));
  const alive = await Promise.all(jobs.map(async (job) => (job && (await isAlive(job)) ? job : null)));
  return alive.filter((job) => job !== null);
}

export async function viewOf(job: JobFile): Promise<JobView> {
  const alive = await isAlive(job);
  // Its end is written just behind it.
  const { exitCode } = (alive ? job : await readJob(job.id)) ?? job;
  const lines = await tailOf(job.id);
  const measured = await measuredBy(job);
  const state = alive ? livingState(lines, measured) : (endState(exitCode) ?? (await endOf(measured)));
  return {
    id: job.id,
    kind: job.kind,
    command: job.command,
    startedAt: job.startedAt,
    state,
    runId: measured?.kind === 'run' ? measured.id : null,
    profileId: job.kind === 'profile' ? job.target : null,
    exitCode,
    error: state === 'failed' ? reasonOf(lines) : null,
    lines,
  };
}

function livingState(lines: readonly string[], measured: Measured | null): JobView['state'] {
  if (lines.at(-1)?.startsWith('  waiting for')) return 'waiting';
  return measured ? 'measuring' : 'preparing';
}

/** Behind some there is a verdict, 130 is Ctrl-C; null where nobody saw it end. */
function endState(exitCode: number | null): JobView['state'] | null {
  if (exitCode === null) return null;
  if (exitCode === exitCodes.interrupted) return 'stopped';
  const { pass, gateFailed, inconclusive, k6Thresholds } = exitCodes;
  return [pass, gateFailed, inconclusive, k6Thresholds].some((code) => code === exitCode) ? 'done' : 'failed';
}

/** The dashboard was started anew meanwhile: then the run says how it went. */
async function endOf(measured: Measured | null): Promise<JobView['state']> {
  const progress = measured && (await readProgress(measured));
  if (progress?.state === 'finished') return 'done';
  return progress?.state === 'interrupted' ? 'stopped' : 'failed';
}

/** By pid and start time. */
const interrupted = new Set<string>();

/**
 * A pid with its start time is one process, and it must be the command line: nothing else is ever signalled. Once: a second signal
 * would be a hurry, and whoever presses Stop in another tab is in none.
 */
export async function interrupt({ pid, startTime }: Pick<JobFile, 'pid' | 'startTime'>): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (!command.split('\0').some((part) => part.endsWith(cliFile))) return false;
  if ((await startTimeOf(pid)) !== startTime) return false;
  try {
    const key = `${pid} ${startTime}`;
    const isAlive = process.kill(pid, interrupted.has(key) ? 0 : 'SIGINT');
    interrupted.add(key);
    return isAlive;
  } catch {
    return false;
  }
}

/** Field 22 of /proc/<pid>/stat, counted behind the name, which may hold anything; null when it is gone or a zombie. */
export async function startTimeOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return text === '' || fields[0] === 'Z' ? null : Number(fields[19]);
}

async function isAlive({ pid, startTime }: JobFile): Promise<boolean> {
  return (await startTimeOf(pid)) === startTime;
}

/** The run or ablation that this process writes. Run ids begin with their time, so few have to be looked at. */
async function measuredBy(job: JobFile): Promise<Measured | null> {
  if (job.kind === 'profile') return null;
  const kind = job.kind === 'ablation' ? 'ablation' : 'run';
  const since = stampOf(new Date(job.startedAt));
  const ids = job.target ? [job.target] : (await runIds()).filter((id) => id >= since).reverse();
  for (const id of ids) {
    const progress = await readProgress({ kind, id });
    if (progress?.pid === job.pid && progress.updatedAt >= job.startedAt) return { kind, id };
  }
  return null;
}

/** What it said last, from where it stopped telling of its progress: those lines are indented. */
function reasonOf(lines: readonly string[]): string {
  const lastProgress = lines.findLastIndex((line) =>
    /^ {2}\S+ +(?:installing|starting|seeding|ready|skipped) /.test(line),
  );
  const said = lines
    .slice(lastProgress + 1)
    .join('\n')
    .trim();
  return said === '' ? 'It ended without a word.' : said;
}

/** The end of its log, without what steers a terminal. */
async function tailOf(id: string): Promise<string[]> {
  const file = await open(logOf(id)).catch(() => null);
  if (!file) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return stripVTControlCharacters(buffer.toString('utf8', 0, bytesRead))
      .replace(/(?![\n\t])\p{Cc}/gu, ' ')
      .split('\n')
      .map((line) => line.trimEnd().slice(0, 400))
      .filter((line) => line !== '')
      .slice(-tailLines);
  } finally {
    await file.close();
  }
}

async function save(job: JobFile): Promise<void> {
  const part = `${fileOf(job.id)}.${randomBytes(4).toString('hex')}.part`;
  await writeFile(part, `${JSON.stringify(job, null, 1)}\n`, { mode: 0o600 });
  await rename(part, fileOf(job.id));
}

async function removeOld(): Promise<void> {
  for (const id of (await jobIds()).slice(keptMax - 1)) {
    await rm(fileOf(id), { force: true });
    await rm(logOf(id), { force: true });
  }
}

/** Newest first. */
async function jobIds(): Promise<string[]> {
  const names = await readdir(jobsFolder()).catch(() => []);
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((id) => runIdSchema.safeParse(id).success)
    .sort()
    .reverse();
}

/** As run ids begin. */
export function stampOf(time: Date): string {
  const digits = time.toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}`;
}

const jobsFolder = (): string => join(homeFolder(), 'jobs');
const fileOf = (id: string): string => join(jobsFolder(), `${id}.json`);
const logOf = (id: string): string => join(jobsFolder(), `${id}.log`);
