import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { writeFailure } from './durable.ts';

const entrySchema = z.strictObject({
  /** Null is an intention, written before the start: whoever is killed in between leaves a process that only its mark tells. */
  pid: z.int().positive().nullable(),
  pgid: z.int().positive().nullable(),
  startTime: z.int().nonnegative().nullable(),
  bootId: z.string(),
  /** Of this child alone; it begins with the mark of the Processes that started it. */
  mark: z.string(),
  what: z.string(),
  log: z.string(),
  /** Of its temporary files; removed when it has stopped, or by the next command. */
  folder: z.string().optional(),
  owner: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('stack') }),
    z.strictObject({ kind: z.literal('run'), runId: z.string() }),
  ]),
  ownerPid: z.int().positive(),
  ownerStartTime: z.int().nonnegative(),
  /** Whether it was to end with its owner. */
  reap: z.boolean(),
  stopSignal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT']),
  graceMs: z.number().nonnegative(),
});

/** One process that Dyno started. Several entries with one mark are members of one child's group. */
export type LedgerEntry = z.infer<typeof entrySchema>;

/**
 * What was started and may still be alive, in `<home>/processes.ndjson`: for the command after the one that died.
 * Several processes use it at once. Writing happens under a lock that the kernel frees, so that no rewrite loses
 * a line; it is synchronous, because a second write of the same process would wait for a lock that the first holds.
 * Reading needs no lock: a rewrite replaces the file in one step.
 */
export class Ledger {
  readonly #home: string;
  readonly #path: string;

  constructor(home: string) {
    this.#home = home;
    this.#path = join(home, 'processes.ndjson');
  }

  /** Durable when it returns. */
  append(entry: LedgerEntry): void {
    try {
      mkdirSync(this.#home, { recursive: true });
      this.#locked(() => appendLine(this.#path, JSON.stringify(entry)));
    } catch (error) {
      throw writeFailure(this.#path, error);
    }
  }

  entries(): LedgerEntry[] {
    return readText(this.#path)
      .split('\n')
      .flatMap((line) => parseEntry(line) ?? []);
  }

  /** Rewrites the file without these marks; entries that others append meanwhile stay. */
  forget(marks: Set<string>): void {
    if (marks.size === 0) return;
    try {
      this.#locked(() => {
        const kept = this.entries().filter((entry) => !marks.has(entry.mark));
        replace(this.#path, this.#home, kept);
      });
    } catch {
      // A full or read-only disk: the old file is whole, and the next command tries again.
    }
  }

  #locked(work: () => void): void {
    // Nobody holds it for longer than one of the operations above, but who waits (and does nothing else) is not served in turn, and a disk may be slow.
    const lock = new DatabaseSync(join(this.#home, 'processes.lock'), { timeout: 60_000 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      work();
    } finally {
      lock.close();
    }
  }
}

/** A line that a dying process left unfinished, or that somebody edited, is nobody's process. */
function parseEntry(line: string): LedgerEntry | null {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function appendLine(path: string, line: string): void {
  const file = openSync(path, 'a+', 0o600);
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    const torn = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== '\n';
    try {
      writeFileSync(file, `${torn ? '\n' : ''}${line}\n`);
      fdatasyncSync(file);
    } catch (error) {
      ftruncateSync(file, size);
      throw error;
    }
    if (size === 0) syncFolder(dirname(path));
  } finally {
    closeSync(file);
  }
}

function replace(path: string, folder: string, entries: LedgerEntry[]): void {
  // One name is enough: whoever writes it holds the lock.
  const file = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.tmp`, path);
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
