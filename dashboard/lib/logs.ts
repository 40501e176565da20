import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { isRun, openBelow, RunFileError, resultsFolder } from './runFiles.ts';

/** A log of this run's processes, or of a part of the stack, which several runs share. */
export interface Log {
  source: 'run' | 'stack';
  name: string;
  bytes: number;
  changedMs: number;
}

export interface LogPart {
  /** Where the part begins and ends in the file: the next one is asked for from `to`. */
  from: number;
  to: number;
  /** Without control characters, whole lines where there are any. */
  text: string;
}

const logName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}\.log$/;
/** Of a run of twenty blocks there are about a hundred. */
const logsMax = 400;
/** What a page is given at once; a log may be gigabytes long. */
export const partBytesMax = 64 * 1024;

/** Newest first. Those of the stack are below DYNO_HOME, which the command that starts the dashboard names. */
export async function listLogs(id: string): Promise<Log[]> {
  if (!(await isRun(id))) return [];
  const lists = await Promise.all((['run', 'stack'] as const).map((source) => logsIn(source, id)));
  return lists
    .flat()
    .sort((a, b) => b.changedMs - a.changedMs)
    .slice(0, logsMax);
}

async function logsIn(source: Log['source'], id: string): Promise<Log[]> {
  const folder = join(...placeOf(source, id));
  const names = (await readdir(folder).catch(() => [])).filter((name) => logName.test(name));
  const found = await Promise.all(
    names.slice(0, 10 * logsMax).map(async (name) => {
      const stats: Stats | null = await lstat(join(folder, name)).catch(() => null);
      return stats?.isFile() ? [{ source, name, bytes: stats.size, changedMs: stats.mtimeMs }] : [];
    }),
  );
  return found.flat();
}

/** The folder that is trusted, and the way below it. */
function placeOf(source: Log['source'], id: string): [string, ...string[]] {
  return source === 'run' ? [resultsFolder(), id, 'log'] : [process.env.DYNO_HOME ?? '', 'log'];
}

/** From that place on, or the end of the log; a place behind its end is one of a log that began anew. */
export async function readLogPart(
  id: string,
  { source, name }: Pick<Log, 'source' | 'name'>,
  from: number | null,
): Promise<LogPart> {
  if (!logName.test(name) || !(await isRun(id))) throw new RunFileError('refused', 'not a log');
  const [folder, ...way] = placeOf(source, id);
  const { handle, bytes } = await openBelow(folder, [...way, name], name, Number.MAX_SAFE_INTEGER);
  try {
    const known = from !== null && from <= bytes ? from : null;
    // Whoever fell behind is given the newest part.
    const start = Math.max(known ?? 0, bytes - partBytesMax);
    const buffer = Buffer.alloc(bytes - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return wholeLines(buffer.subarray(0, bytesRead), start, start !== (known ?? 0));
  } finally {
    await handle.close();
  }
}

/** A line that is being written comes with the next part; a longer one than a part comes in pieces. */
function wholeLines(bytes: Buffer, start: number, isCut: boolean): LogPart {
  const first = isCut ? bytes.indexOf(0x0a) + 1 : 0;
  const last = bytes.lastIndexOf(0x0a) + 1;
  const end = last > first || bytes.length < partBytesMax ? Math.max(last, first) : bytes.length;
  return { from: start + first, to: start + end, text: plain(bytes.toString('utf8', first, end)) };
}

/** A log is written by the service that is measured: what would move a cursor or ring a bell is no text. */
function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replace(/(?![\n\t])\p{Cc}/gu, '');
}
