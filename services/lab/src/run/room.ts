import { existsSync, statfsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { PlanFile } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';

/** k6 writes a dozen lines for a request, 830 bytes without checks; they are there until the round is over. */
const csvBytesPerRequest = 1_000;
/** What a request leaves for good, in Parquet. */
const sampleBytesPerRequest = 10;
/** Of one virtual user, where the rate is up to the service: at least, because nobody knows before the first round. A user who thinks makes one. */
const requestsPerSecondOfUser = 10;
/** More than one k6 makes. */
const requestsPerSecondMax = 20_000;
/** Logs, traces, flamegraphs and reports. */
const restBytes = 200 * 2 ** 20;
/** Below this a write is about to fail, or has. */
const lastBytes = 1 * 2 ** 20;

/** Bytes that a run needs from here on; `requestsOfRound` as an earlier round has shown. Null before the first: then it is a floor, and the check after that round knows better. */
export function roomNeeded({ experiment, plan, order }: PlanFile, requestsOfRound: number | null): number {
  const { vus, ratePerSecond } = experiment.load;
  const seconds = plan.warmupSeconds + plan.windowSeconds;
  const perSecond = Math.min(ratePerSecond ?? vus * requestsPerSecondOfUser, requestsPerSecondMax);
  const requests = requestsOfRound ?? perSecond * seconds;
  return restBytes + requests * (csvBytesPerRequest + sampleBytesPerRequest * order.flat().length);
}

/** An error now instead of a round, or a run, that is lost for want of room. */
export function assertRoom(path: string, neededBytes: number, wayOut: string): void {
  const missing = neededBytes - freeBytes(path);
  if (missing <= 0) return;
  throw new DynoError(
    `There is no room for another round in ${path}: free ${mebibytes(missing)} MiB, then ${wayOut}.`,
    exitCodes.invalid,
  );
}

/** While something writes that does not stop by itself when it cannot, as k6 does not. */
export function assertNotFull(path: string): void {
  if (freeBytes(path) < lastBytes) throw diskFull(path);
}

/** k6 goes on, and ends with 0, when its samples cannot be written: such a round would miss requests. */
export async function assertSamplesWritten(generators: {
  children: readonly { logFile: string }[];
  sources: readonly { csvFile: string }[];
}): Promise<void> {
  const [source] = generators.sources;
  if (!source) return;
  for (const { logFile } of generators.children) {
    const said = await readFile(logFile, 'utf8').catch(() => '');
    if (said.includes('CSV: Error writing to file')) throw diskFull(dirname(source.csvFile));
  }
  for (const { csvFile } of generators.sources) {
    if (!(await endsWithLine(csvFile))) assertNotFull(dirname(csvFile));
  }
}

/** The error of a disk that has run full, with what to free. */
export function diskFull(path: string, options?: ErrorOptions): DynoError {
  const missing = Math.max(lastBytes, restBytes - freeBytes(existsSync(path) ? path : dirname(path)));
  return new DynoError(
    `The disk is full: ${path} cannot be written. Free ${mebibytes(missing)} MiB, then go on: dyno run --resume takes up a run where it stopped.`,
    exitCodes.invalid,
    options,
  );
}

/** Not everything that writes says why it failed; a disk without room is reason enough. */
export function withDiskInMind(error: unknown, path: string): unknown {
  if (error instanceof DynoError || freeBytes(path) >= lastBytes) return error;
  return diskFull(path, { cause: error });
}

async function endsWithLine(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return false;
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    return buffer.toString() === '\n';
  } finally {
    await file.close();
  }
}

/** For this user; 0 where the folder has gone. */
function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
