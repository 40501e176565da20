import { appendFileSync } from 'node:fs';
import { type Note, variables } from './names.ts';

/** Each kind of line without the pid, which is added. */
type Said = Note extends infer Line ? (Line extends Note ? Omit<Line, 'pid'> : never) : never;

/** Appends to the file in DYNO_TELEMETRY_NOTES; without one, and when it cannot be written, nothing happens. */
export function note(line: Said): void {
  const file = process.env[variables.notes];
  if (!file) return;
  try {
    appendFileSync(file, `${JSON.stringify({ pid: process.pid, ...line })}\n`);
  } catch {
    // The service must not suffer from it; what is missing is said where the file is read.
  }
}
