import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** SHA-256 of the files that decide what is measured: experiment, scenario with its library, locked dependencies. */
export function hashesOf(
  project: string,
  { experimentFile, scenario }: { experimentFile: string; scenario: string },
): Record<string, string> {
  const library = join(dirname(scenario), '..', 'lib');
  const files = [experimentFile, scenario, ...filesOf(project, library), 'package-lock.json'];
  return Object.fromEntries(
    files
      .filter((file) => existsSync(join(project, file)))
      .map((file) => [file, sha256(join(project, file))]),
  );
}

function filesOf(project: string, folder: string): string[] {
  const path = join(project, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => /\.[jt]s$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
