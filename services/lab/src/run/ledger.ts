import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const entrySchema = z.strictObject({
  pid: z.int().positive(),
  pgid: z.int().positive(),
  startTime: z.int().nonnegative(),
  bootId: z.string(),
  /** Of this child alone; it begins with the mark of the Processes that started it. */
  mark: z.string(),
  what: z.string(),
  log: z.string(),
  owner: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('stack') }),
    z.strictObject({ kind: z.literal('run'), runId: z.string() }),
  ]),
  ownerPid: z.int().positive(),
  ownerStartTime: z.int().nonnegative(),
  /** Whether it was to end with its owner. */
  reap: z.boolean(),
});

/** One process that Dyno started. Several entries with one mark are members of one child's group. */
export type LedgerEntry = z.infer<typeof entrySchema>;

/**
 * What was started and may still be alive, in `<home>/processes.ndjson`: for the command after the one that died.
 * Several processes use it at once, each operation under a lock that the kernel frees; all of it is synchronous,
 * because a second operation of the same process would wait for a lock that the first one holds.
 */
export class Ledger {
  readonly #home: string;

  constructor(home: string) {
    mkdirSync(home, { recursive: true });
    this.#home = home;
  }

  /** Durable when it returns. */
  append(entry: LedgerEntry): void {
    this.#locked(() => appendLine(this.#path(), JSON.stringify(entry)));
  }

  entries(): LedgerEntry[] {
    return this.#locked(() => readEntries(this.#path()));
  }

  /** Rewrites the file with the entries that pass. */
  keep(passes: (entry: LedgerEntry) => boolean): void {
    this.#locked(() => {
      const entries = readEntries(this.#path());
      const kept = entries.filter(passes);
      if (kept.length < entries.length) replace(this.#path(), this.#home, kept);
    });
  }

  #path(): string {
    return join(this.#home, 'processes.ndjson');
  }

  #locked<Result>(work: () => Result): Result {
    // Waits for milliseconds only: nobody holds it longer than one of the operations above.
    const lock = new DatabaseSync(join(this.#home, 'processes.lock'), { timeout: 10_000 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return work();
    } finally {
      lock.close();
    }
  }
}

/** A line that a dying process left unfinished, or that somebody edited, is nobody's process. */
function readEntries(path: string): LedgerEntry[] {
  return readText(path)
    .split('\n')
    .flatMap((line) => parseEntry(line) ?? []);
}

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
    writeSync(file, `${torn ? '\n' : ''}${line}\n`);
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}

function replace(path: string, folder: string, entries: LedgerEntry[]): void {
  // One name is enough: whoever writes it holds the lock.
  const file = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    writeSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.tmp`, path);
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
