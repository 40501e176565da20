import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynoError } from '../errors.ts';

export interface Manifest {
  name: string | null;
  startScript: string | null;
  main: string | null;
}

/** What a package.json says of its service; all null where there is none. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return { name: null, startScript: null, main: null };
  try {
    const parsed: { name?: unknown; main?: unknown; scripts?: { start?: unknown } } = JSON.parse(
      readFileSync(path, 'utf8'),
    );
    return { name: text(parsed.name), startScript: text(parsed.scripts?.start), main: text(parsed.main) };
  } catch (error) {
    throw new DynoError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
