import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync } from 'node:fs';
import { mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ablation, ablationSchema } from '@dyno/contracts/ablation';
import { type CalibrationFile, calibrationFileSchema } from '@dyno/contracts/calibration';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { type Report, reportSchema } from '@dyno/contracts/report';
import {
  cutOffMessage,
  type DilutionFile,
  dilutionFileSchema,
  type EnvironmentFile,
  type EvidenceFile,
  environmentFileSchema,
  evidenceFileSchema,
  type ObserverFile,
  observerFileSchema,
  type PlanFile,
  type Progress,
  planFileSchema,
  progressFileSchema,
  type ResponsesFile,
  type Round,
  type RoundMetrics,
  responsesFileSchema,
  roundMetricsSchema,
  roundSchema,
  runIdSchema,
  schemaVersion,
  type TimelineFile,
  timelineFileSchema,
} from '@dyno/contracts/run';
import type { z } from 'zod';
import { DynoError } from '../errors.ts';
import { sealed } from '../experiment/secrets.ts';
import { place } from '../format.ts';
import {
  NdjsonLog,
  openRegularFile,
  readFailure,
  readRegularFile,
  removeTemporaries,
  writeDurably,
} from './durable.ts';
import { ageMs, readProcess } from './proc.ts';
import { roundFiles } from './roundFiles.ts';

/** What an archive begins with, and an imported run keeps. */
export const manifestName = 'manifest.json';

/** The files of a run that hold one JSON value, with what they must look like. */
const schemas = {
  'plan.json': planFileSchema,
  'environment.json': environmentFileSchema,
  'progress.json': progressFileSchema,
  'metrics.json': roundMetricsSchema,
  'timeline.json': timelineFileSchema,
  /** Of this machine and service when the run began; absent without one. */
  'calibration.json': calibrationFileSchema,
  'responses.json': responsesFileSchema,
  'observer.json': observerFileSchema,
  'dilution.json': dilutionFileSchema,
  'evidence.json': evidenceFileSchema,
  'report.json': reportSchema,
  /** Of an ablation, in place of the report. */
  'ablation.json': ablationSchema,
};

interface Contents {
  'plan.json': PlanFile;
  'environment.json': EnvironmentFile;
  'progress.json': Progress;
  'metrics.json': RoundMetrics;
  'timeline.json': TimelineFile;
  'calibration.json': CalibrationFile;
  'responses.json': ResponsesFile;
  'observer.json': ObserverFile;
  'dilution.json': DilutionFile;
  'evidence.json': EvidenceFile;
  'report.json': Report;
  'ablation.json': Ablation;
}
export type RunFileName = keyof Contents;

/** The folder of one run below `results/`. */
export class RunFolder {
  readonly runId: string;
  readonly path: string;

  private constructor(results: string, runId: string) {
    this.runId = runId;
    this.path = join(results, runId);
  }

  static async create(results: string, runId: string): Promise<RunFolder> {
    const folder = new RunFolder(results, runId);
    await makeResults(results);
    await mkdir(folder.path);
    for (const name of ['samples', 'traces', 'profiles', 'log']) await mkdir(join(folder.path, name));
    return folder;
  }

  /** `latest` is the run that was started or resumed last. */
  static async open(results: string, runIdOrLatest: string): Promise<RunFolder> {
    const runId = runIdOrLatest === 'latest' ? await latestRun(results) : runIdOrLatest;
    if (!runIdSchema.safeParse(runId).success) {
      throw new DynoError(`"${runId}" is not a run id: small letters, digits and hyphens.`);
    }
    const folder = new RunFolder(results, runId);
    if (isFolder(folder.path)) return folder;
    const known = await runIds(results);
    throw new DynoError(
      known.length === 0
        ? `There is no run "${runId}": ${results} is empty.`
        : `There is no run "${runId}" in ${results}. The last ones are ${known.slice(-3).join(', ')}.`,
    );
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** An imported run is data: its plan names commands, and nothing of it is started here. */
  assertMeasuredHere(): void {
    if (!existsSync(this.file(manifestName))) return;
    throw new DynoError(
      `Run ${this.runId} was imported: it can be read and verified, and its commands are not run here. Measure the experiment itself.`,
      exitCodes.usage,
    );
  }

  has(name: RunFileName): boolean {
    return existsSync(this.file(name));
  }

  async read<Name extends RunFileName>(name: Name): Promise<Contents[Name]> {
    const schema: z.ZodType = schemas[name];
    return parse<Contents[Name]>(schema, await this.#json(name), this.file(name));
  }

  async write<Name extends RunFileName>(name: Name, value: Contents[Name]): Promise<void> {
    const text = JSON.stringify(parse(schemas[name], value, this.file(name)), null, 1);
    await writeDurably(this.file(name), `${text}\n`);
  }

  /** Without its secrets, which stay in memory. */
  writePlan(plan: PlanFile): Promise<void> {
    return this.write('plan.json', { ...plan, experiment: sealed(plan.experiment) });
  }

  async rounds(): Promise<Round[]> {
    const rows = await NdjsonLog.read(this.file('rounds.ndjson'));
    return rows.map((row, index) => this.#round(row, index));
  }

  /** What is on the disk must be what was measured: the first file of each round that is not, by the round's number. */
  async damaged(rounds: readonly Round[]): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    for (const round of rounds) {
      for (const ref of roundFiles(round)) {
        if (!found.has(round.round) && !(await isWhole(this.file(ref.file), ref)))
          found.set(round.round, ref.file);
      }
    }
    return found;
  }

  /** Samples without a line in rounds.ndjson, of a round that was cut off, and files that were never finished. */
  async removeStraySamples(): Promise<void> {
    await removeTemporaries(this.path);
    const rounds = await this.rounds();
    const known = new Set(rounds.flatMap(roundFiles).map(({ file }) => file));
    for (const name of await readdir(this.file('samples'))) {
      if (!known.has(`samples/${name}`)) await rm(this.file('samples', name), { force: true });
    }
  }

  /** Of a run that goes on: what it said rests on rounds that do not count any more, or on fewer than there will be. */
  async removeVerdict(): Promise<void> {
    for (const name of ['report.json', 'report.md', 'ablation.json', 'ablation.md'])
      await rm(this.file(name), { force: true });
  }

  /** Replaces all lines at once; only while nobody appends. */
  async writeRounds(rounds: readonly unknown[]): Promise<void> {
    await writeDurably(
      this.file('rounds.ndjson'),
      rounds.map((round) => `${JSON.stringify(round)}\n`).join(''),
    );
  }

  openRounds(): Promise<NdjsonLog> {
    return NdjsonLog.open(this.file('rounds.ndjson'));
  }

  #round(row: unknown, index: number): Round {
    return parse<Round>(roundSchema, row, `${this.file('rounds.ndjson')}, line ${index + 1}`);
  }

  async #json(name: RunFileName): Promise<unknown> {
    const path = this.file(name);
    const text = await readRegularFile(path).catch((error) => {
      throw readFailure(path, error);
    });
    try {
      return JSON.parse(text.toString());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw readFailure(path, new Error(`line ${lineOf(text, why)}: ${why}`));
    }
  }
}

/** Where the parser stopped; it names no place for a text that ends too early. */
function lineOf(text: Buffer, message: string): number {
  const position = /at position (\d+)/.exec(message)?.[1];
  const read = position === undefined ? text : text.subarray(0, Number(position));
  return read.toString().split('\n').length;
}

/** Where ablations lie, beside the runs: their folders are alike. */
export function ablationsFolder(results: string): string {
  return join(results, 'ablations');
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function isWhole(path: string, ref: { bytes: number; sha256: string }): Promise<boolean> {
  const file = await openRegularFile(path).catch(() => null);
  if (!file) return false;
  try {
    if ((await file.stat()).size !== ref.bytes) return false;
    const hash = createHash('sha256');
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk);
    return hash.digest('hex') === ref.sha256;
  } finally {
    await file.close();
  }
}

/** Sorts by time: the date comes first. */
export function newRunId(experiment: string, now: Date): string {
  const stamp = now.toISOString().replace(/\D/g, '').slice(0, 14);
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-${experiment}-${randomBytes(2).toString('hex')}`;
}

/** Oldest first. */
export async function runIds(results: string): Promise<string[]> {
  if (!existsSync(results)) return [];
  const entries = await readdir(results, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && runIdSchema.safeParse(entry.name).success)
    .map(({ name }) => name)
    .filter((name) => existsSync(join(results, name, 'plan.json')))
    .sort();
}

export interface UnfinishedRun {
  progress: Progress;
  /** `lost`: its process is gone without a word. */
  state: 'running' | 'interrupted' | 'lost';
}

/** Runs that have not come to their end, newest first. */
export async function unfinishedRuns(results: string): Promise<UnfinishedRun[]> {
  const found: UnfinishedRun[] = [];
  for (const runId of (await runIds(results)).toReversed()) {
    const folder = await RunFolder.open(results, runId);
    // Not there, or damaged: nothing to say about it here.
    const progress = await folder.read('progress.json').catch(() => null);
    if (progress?.state === 'interrupted') found.push({ progress, state: 'interrupted' });
    if (progress?.state !== 'running') continue;
    found.push({ progress, state: isWriter(progress) ? 'running' : 'lost' });
  }
  return found;
}

export interface UnreadableRun {
  runId: string;
  /** File, line and what is wrong with it. */
  why: string;
}

/** Runs with a file that is damaged or of another version, newest first; the others are none the worse for them. */
export async function unreadableRuns(results: string): Promise<UnreadableRun[]> {
  const found: UnreadableRun[] = [];
  for (const runId of (await runIds(results)).toReversed()) {
    const folder = await RunFolder.open(results, runId);
    try {
      await folder.read('plan.json');
      await folder.read('environment.json');
      if (folder.has('progress.json')) await folder.read('progress.json');
      if (folder.has('report.json')) await folder.read('report.json');
      await folder.rounds();
    } catch (error) {
      found.push({ runId, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return found;
}

/** A process that is younger than the file has only got the number of the one that wrote it. */
function isWriter({ pid, updatedAt }: Progress): boolean {
  const found = readProcess(pid);
  return found !== null && ageMs(found) > Date.now() - Date.parse(updatedAt) - clockToleranceMs;
}

/** Of the clock that both times are told by; far less than a kernel takes to use a number again. */
const clockToleranceMs = 2_000;

/** What happened to runs whose process was killed, one line each; said once. */
export async function noteLostRuns(results: string, command = 'dyno run'): Promise<string[]> {
  const lost = (await unfinishedRuns(results)).filter(({ state }) => state === 'lost');
  const lines: string[] = [];
  for (const { progress } of lost) {
    const { runId, pid } = progress;
    const folder = await RunFolder.open(results, runId);
    const message = `${cutOffMessage} ${place(progress, 'in ')}: its process ${pid} is gone`;
    // Where results may only be read it is said again next time.
    await folder
      .write('progress.json', { ...progress, state: 'interrupted', secondsLeft: null, message })
      .catch(() => {});
    lines.push(`run ${runId} ${message}; go on with: ${command} --resume ${runId}`);
  }
  return lines;
}

/** `results/latest` is for people and scripts; replaced in one step. */
export async function pointLatest(results: string, runId: string): Promise<void> {
  const temporary = join(results, `.latest-${process.pid}`);
  await rm(temporary, { force: true });
  await symlink(runId, temporary);
  await rename(temporary, join(results, 'latest'));
}

/** One without a round: `latest` is then the one before it. */
export async function discardRun(results: string, runId: string): Promise<void> {
  await rm(join(results, runId), { recursive: true, force: true });
  if ((await readlink(join(results, 'latest')).catch(() => '')) !== runId) return;
  const last = (await runIds(results)).at(-1);
  if (last === undefined) await rm(join(results, 'latest'), { force: true });
  else await pointLatest(results, last);
}

async function latestRun(results: string): Promise<string> {
  const known = await runIds(results);
  const pointed = await readlink(join(results, 'latest')).catch(() => '');
  const last = known.includes(pointed) ? pointed : known.at(-1);
  if (last === undefined)
    throw new DynoError(`There is no run in ${results} yet: start one with "dyno run".`);
  return last;
}

/** A folder that cannot be written is said before anything is started. */
export async function makeResults(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    const probe = join(path, `.probe-${process.pid}`);
    await mkdir(probe);
    await rm(probe, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DynoError(
      `Results cannot be written to ${path}: ${why}. Choose another folder with DYNO_RESULTS.`,
      exitCodes.usage,
      { cause: error },
    );
  }
}

function parse<T>(schema: z.ZodType, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data as T;
  const written = versionOf(value);
  if (written !== null && written !== schemaVersion) {
    throw new DynoError(
      `${where} was written by ${written < schemaVersion ? 'an earlier' : 'a later'} Dyno: its format has version ${written}, this one reads ${schemaVersion}. Read it with that Dyno, or measure again.`,
      exitCodes.usage,
    );
  }
  const [issue] = parsed.error.issues;
  throw new DynoError(
    `${where} does not fit: ${issue?.path.join('.')}: ${issue?.message}. It is damaged, or of another version of Dyno.`,
    exitCodes.invalid,
  );
}

function versionOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null || !('schemaVersion' in value)) return null;
  return typeof value.schemaVersion === 'number' ? value.schemaVersion : null;
}
