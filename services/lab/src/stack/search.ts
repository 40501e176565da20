import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Servers live where an ordinary user's PATH often does not look. */
const otherFolders = [
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/local/go/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
];

export function searchFolders(path = process.env.PATH ?? ''): string[] {
  const own = path.split(delimiter).filter((folder) => folder.startsWith('/'));
  return [...new Set([...own, ...otherFolders])];
}

/** The first of the names that is an executable file in one of the folders; null when none is. */
export function findProgram(names: string[], folders: string[]): string | null {
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
