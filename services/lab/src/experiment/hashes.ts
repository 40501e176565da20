import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The load of an experiment that brings no script of its own. */
const ownScenario = 'k6/scenarios/requests.ts';

/** SHA-256 of the files that decide what is measured: experiment, scenario with its library, locked dependencies. */
export function hashesOf(
  project: string,
  { experimentFile, scenario = ownScenario }: { experimentFile: string; scenario?: string | undefined },
): Record<string, string> {
  const library = join(dirname(scenario), '..', 'lib');
  const files = [experimentFile, scenario, ...filesOf(project, library), 'package-lock.json'];
  return Object.fromEntries(
    files
      .filter((file) => isFile(resolve(project, file)))
      .map((file) => [file, sha256(resolve(project, file))]),
  );
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function filesOf(project: string, folder: string): string[] {
  const path = resolve(project, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => /\.[jt]s$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
