import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { readProcess } from '../run/proc.ts';

/** A name beside the target that no other process takes. */
export function temporary(path: string): string {
  return `${path}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
}

/** What `temporary` named and a process that has died left behind. */
export async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const abandoned = names.filter((name) => {
    const [, pid] = /\.(\d+)-[0-9a-f]{8}\.part$/.exec(name) ?? [];
    return pid !== undefined && readProcess(Number(pid)) === null;
  });
  await Promise.all(abandoned.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** For configuration that is written anew at every start; readable by this user alone, because some of it is secret. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = await writePart(path, text);
  await rename(part, path);
}

/** False when the file exists already: of two that create it at once the first one wins. */
export async function createWhole(path: string, text: string): Promise<boolean> {
  const part = await writePart(path, text);
  try {
    await link(part, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}

export async function assertRoom(folder: string, bytes: number, what: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const mebibytes = (value: number) => `${Math.floor(value / 1024 / 1024)} MiB`;
  throw new DynoError(
    `${what} needs ${mebibytes(bytes)} in ${folder}, where ${mebibytes(free)} are free: free ${mebibytes(bytes - free)} and start again.`,
    exitCodes.usage,
  );
}

async function writePart(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const part = temporary(path);
  await writeFile(part, text, { mode: 0o600, flag: 'wx' });
  return part;
}
