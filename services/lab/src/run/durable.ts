import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { readProcess } from './proc.ts';
import { diskFull } from './room.ts';

/** Every operation that this file does on the disk; a test puts faults in between. */
export const disk = {
  mkdir: fs.mkdir,
  open: fs.open,
  readdir: fs.readdir,
  readFile: readRegularFile,
  rename: fs.rename,
  rm: fs.rm,
};

/** No file that is read whole comes near; reading one that somebody blew up would take all memory. */
const readBytesMax = 256 * 1024 * 1024;

let temporaries = 0;

/** The file is whole, old or new, whatever happens; after return the new one outlives a power cut. */
export async function writeDurably(path: string, data: string | Uint8Array): Promise<void> {
  temporaries += 1;
  const temporary = `${path}.${process.pid}-${temporaries}.tmp`;
  try {
    await makeFolder(dirname(path));
    const file = await disk.open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await disk.rm(temporary, { force: true }).catch(() => {});
    throw writeFailure(path, error);
  }
}

/** Only a file of its own is read: no link out of the folder, no pipe that never ends, nothing of any size. */
export async function readRegularFile(path: string): Promise<Buffer> {
  const file = await openRegularFile(path);
  try {
    const { size } = await file.stat();
    if (size > readBytesMax) throw new Error(`it has ${size} bytes, more than Dyno ever writes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

export async function openRegularFile(path: string): Promise<fs.FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await fs.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error) => {
    throw codeOf(error) === 'ELOOP' ? new Error('it is a link, not a file', { cause: error }) : error;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error('it is not a file');
}

/** Removes what killed writers left in a folder; says which. */
export async function removeTemporaries(folder: string): Promise<string[]> {
  const left = (await disk.readdir(folder)).filter((name) => {
    const pid = /\.(\d+)-\d+\.tmp$/.exec(name)?.[1];
    return pid !== undefined && Number(pid) !== process.pid && readProcess(Number(pid)) === null;
  });
  for (const name of left) await disk.rm(join(folder, name), { force: true });
  return left;
}

/** A file of JSON lines with one writer: a line counts when `append` has returned, and only then. */
export class NdjsonLog {
  /** In the order of the file; those appended later too. */
  readonly rows: unknown[];
  readonly path: string;
  readonly #file: fs.FileHandle;
  #bytes: number;
  #last: Promise<void> = Promise.resolve();
  #broken: Error | null = null;

  /** Creates the file when there is none; an unfinished last line is cut off and kept beside it as `.torn`. */
  static async open(path: string): Promise<NdjsonLog> {
    try {
      await makeFolder(dirname(path));
      const text = await readIfThere(path);
      const end = (text?.lastIndexOf(0x0a) ?? -1) + 1;
      const whole = text?.subarray(0, end) ?? Buffer.alloc(0);
      const rows = parseLines(path, whole);
      const torn = text?.subarray(end) ?? Buffer.alloc(0);
      if (torn.length > 0) await writeDurably(`${path}.torn`, torn);
      // A line that is in the file but was never synced is about to be believed: make it durable.
      const file = await disk.open(path, text ? 'r+' : 'wx+');
      try {
        if (torn.length > 0) await file.truncate(end);
        await file.sync();
        if (!text) await syncFolder(dirname(path));
      } catch (error) {
        await file.close().catch(() => {});
        throw error;
      }
      return new NdjsonLog(path, file, rows, end);
    } catch (error) {
      throw writeFailure(path, error);
    }
  }

  private constructor(path: string, file: fs.FileHandle, rows: unknown[], bytes: number) {
    this.path = path;
    this.rows = rows;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** The lines that are whole, with the file left as it is: whoever writes it may be at work. */
  static async read(path: string): Promise<unknown[]> {
    const text = await readIfThere(path).catch((error) => {
      throw readFailure(path, error);
    });
    return text ? parseLines(path, text.subarray(0, text.lastIndexOf(0x0a) + 1)) : [];
  }

  /** Durable when it returns; when it throws, the file is as before. */
  append(value: unknown): Promise<void> {
    const appended = this.#last.then(() => this.#append(value));
    this.#last = appended.catch(() => {});
    return appended;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }

  async #append(value: unknown): Promise<void> {
    if (this.#broken) throw this.#broken;
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    try {
      await writeAt(this.#file, line, this.#bytes);
      await this.#file.datasync();
    } catch (error) {
      await this.#cutBack();
      throw writeFailure(this.path, error);
    }
    this.#bytes += line.length;
    this.rows.push(value);
  }

  /** Half a line with the next one behind it would be damage in the middle. */
  async #cutBack(): Promise<void> {
    try {
      await this.#file.truncate(this.#bytes);
    } catch (error) {
      this.#broken = writeFailure(this.path, error);
    }
  }
}

async function writeAt(file: fs.FileHandle, data: Buffer, position: number): Promise<void> {
  for (let written = 0; written < data.length; ) {
    const { bytesWritten } = await file.write(data, written, data.length - written, position + written);
    written += bytesWritten;
  }
}

function parseLines(path: string, text: Buffer): unknown[] {
  if (text.length === 0) return [];
  return text
    .toString('utf8', 0, text.length - 1)
    .split('\n')
    .map((line, index) => {
      try {
        return JSON.parse(line);
      } catch (error) {
        throw new DynoError(
          `${path} is damaged in line ${index + 1}: ${error instanceof Error ? error.message : error}. Restore it from a copy, or start a new run.`,
          exitCodes.invalid,
        );
      }
    });
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await disk.readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** A new folder is durable when its own folder is. */
async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder);
  const first = await disk.mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

async function syncFolder(folder: string): Promise<void> {
  const directory = await disk.open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export function readFailure(path: string, error: unknown): DynoError {
  if (error instanceof DynoError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new DynoError(`${path} cannot be read: ${why}`, exitCodes.invalid, { cause: error });
}

/** The error that a user can act on, with the exit code of its kind. */
export function writeFailure(path: string, error: unknown): Error {
  if (error instanceof DynoError) return error;
  const options = { cause: error };
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(path, options);
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new DynoError(
        `${path} may not be written by this user: choose another folder (DYNO_RESULTS, DYNO_HOME) or change its rights.`,
        exitCodes.usage,
        options,
      );
    default:
      return new DynoError(
        `${path} could not be written: ${error instanceof Error ? error.message : error}.`,
        exitCodes.invalid,
        options,
      );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
