import { type Round, roundSchema, schemaVersion } from '@dyno/contracts/run';
import type { z } from 'zod';
import {
  contentOf,
  type OpenedFile,
  openRunFile,
  RunFileError,
  readRunFile,
  readRunFileSync,
} from './runFiles.ts';

/** A file that should be readable and is not, in words. */
export interface Problem {
  file: string;
  message: string;
  /** It is whole, and an older version of Dyno wrote it. */
  isOlder: boolean;
}

const mebibyte = 1024 * 1024;
/** More than any of these files needs; a hostile or broken folder must not fill the memory. */
export const caps = {
  small: 4 * mebibyte,
  rounds: 16 * mebibyte,
  timeline: 64 * mebibyte,
  trace: 16 * mebibyte,
};

const parsed = new Map<string, { version: string; value: unknown; problem: Problem | null }>();
/** Enough for every page but the list, which keeps its own; the oldest entries leave first. */
const parsedMax = 1000;

/** One JSON file of a run; null when it is absent, or damaged (then `problems` says so). */
export async function readJson<T>(
  id: string,
  file: string,
  schema: z.ZodType<T>,
  maxBytes: number,
  problems: Problem[],
): Promise<T | null> {
  try {
    const { handle, bytes, version } = await openRunFile(id, file, maxBytes);
    try {
      const key = `${id}/${file}`;
      const known = parsed.get(key);
      if (known?.version === version) {
        if (known.problem) problems.push(known.problem);
        return known.value as T | null;
      }
      const buffer = Buffer.alloc(bytes);
      await handle.read(buffer, 0, bytes, 0);
      const { value, problem } = parse(file, buffer.toString('utf8'), schema);
      parsed.delete(key);
      parsed.set(key, { version, value, problem });
      for (const oldest of parsed.keys()) {
        if (parsed.size <= parsedMax) break;
        parsed.delete(oldest);
      }
      if (problem) problems.push(problem);
      return value;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof RunFileError)) throw error;
    if (error.kind !== 'absent') problems.push(damaged(file, error.message));
    return null;
  }
}

/** The same, at once and without keeping it: the list of runs keeps what it needs of thousands of them. */
export function readJsonSync<T>(
  root: string,
  id: string,
  file: string,
  schema: z.ZodType<T>,
  problems: Problem[],
): T | null {
  try {
    const { value, problem } = parse(file, readRunFileSync(root, id, file, caps.small), schema);
    if (problem) problems.push(problem);
    return value;
  } catch (error) {
    if (!(error instanceof RunFileError)) throw error;
    if (error.kind !== 'absent') problems.push(damaged(file, error.message));
    return null;
  }
}

/** A JSON file beside the runs; null when it is absent or damaged. */
export async function jsonOf<T>(opened: Promise<OpenedFile>, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await contentOf(await opened)));
  } catch {
    return null;
  }
}

function parse<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
): { value: T | null; problem: Problem | null } {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { value: null, problem: damaged(file, 'is not whole JSON: it was cut off or damaged') };
  }
  const written =
    typeof content === 'object' && content !== null ? Reflect.get(content, 'schemaVersion') : null;
  if (typeof written === 'number' && written !== schemaVersion)
    return { value: null, problem: otherVersion(file, written) };
  const result = schema.safeParse(content);
  if (result.success) return { value: result.data, problem: null };
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  const more = result.error.issues.length - 1;
  const message = `${where ? `${where}: ` : ''}${issue?.message ?? 'invalid'}${more > 0 ? `, and ${more} more` : ''}`;
  return { value: null, problem: damaged(file, message) };
}

const damaged = (file: string, message: string): Problem => ({ file, message, isOlder: false });

function otherVersion(file: string, written: number): Problem {
  return written < schemaVersion
    ? {
        file,
        message:
          'was made by an older version: dyno report --remake cannot read it; measure again, or open it with that version',
        isOlder: true,
      }
    : damaged(
        file,
        `was made by a newer version of Dyno (schema ${written}, this one reads ${schemaVersion}): open it with that version`,
      );
}

/** A torn last line is the round under way when the machine went down; a bad line before it is damage. */
export async function readRounds(id: string, problems: Problem[]): Promise<Round[]> {
  const file = 'rounds.ndjson';
  let text: string;
  try {
    text = await readRunFile(id, file, caps.rounds);
  } catch (error) {
    if (!(error instanceof RunFileError)) throw error;
    if (error.kind !== 'absent') problems.push(damaged(file, error.message));
    return [];
  }
  const rounds: Round[] = [];
  for (const [index, line] of lines(text).entries()) {
    const { value, problem } = parse(file, line, roundSchema);
    if (problem) problems.push({ ...problem, message: `line ${index + 1} ${problem.message}` });
    else if (value) rounds.push(value);
  }
  return rounds;
}

/** What follows the last line end is not whole. */
export const lines = (text: string): string[] => text.split('\n').slice(0, -1);
