import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { DynoError } from '../errors.ts';
import { slugOf } from '../experiment/compare.ts';
import { configFile, configFileName, type Guess } from '../experiment/configFile.ts';
import { readManifest } from '../experiment/manifest.ts';
import { examples, helpGroups } from './options.ts';

export function registerInit(dyno: Command): void {
  dyno
    .command('init')
    .helpGroup(helpGroups.measure)
    .description(`write a commented ${configFileName} for your own service`)
    .argument('[folder]', 'of the service', '.')
    .option('-q, --quiet', 'no progress')
    .action((folder: string) => initCommand(resolve(folder)))
    .addHelpText('after', examples(['dyno init', 'dyno init services/api']));
}

function initCommand(folder: string): void {
  if (!existsSync(folder)) throw new DynoError(`There is no folder ${folder}.`);
  const path = join(folder, configFileName);
  const guess = guessOf(folder);
  try {
    writeFileSync(path, configFile(guess), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new DynoError(`${path} is there already, and stays as it is. Remove it first, or edit it.`);
  }
  process.stdout.write(
    `${path}\n${whatItStarts(guess)} Say in it what the candidate has that the baseline has not, then: dyno run\n`,
  );
}

function whatItStarts({ command, found }: Guess): string {
  const words = command.join(' ');
  return found
    ? `It starts "${words}".`
    : `Nothing that looks like a server was found here: put the command that starts it in the place of "${words}".`;
}

function guessOf(folder: string): Guess {
  const { name, startScript, main } = readManifest(folder);
  const slug = slugOf(name ?? basename(folder));
  if (startScript !== null) {
    const source = `${startScript}\n${sourceOf(folder, startScript)}`;
    return {
      name: slug,
      command: ['npm', 'start'],
      why: 'From package.json.',
      found: true,
      port: portIn(source),
    };
  }
  const file = [main, ...usualFiles].find((one) => one !== null && existsSync(join(folder, one)));
  if (file) {
    return {
      name: slug,
      command: ['node', file],
      why: 'The first file that looks like a server.',
      found: true,
      port: portIn(read(join(folder, file))),
    };
  }
  return {
    name: slug,
    command: ['node', 'server.js'],
    why: 'To be filled in: nothing was found.',
    found: false,
    port: null,
  };
}

const usualFiles = [
  'server.js',
  'server.mjs',
  'server.ts',
  'app.js',
  'app.mjs',
  'app.ts',
  'index.js',
  'index.mjs',
  'index.ts',
  'main.js',
  'main.ts',
  'src/server.ts',
  'src/main.ts',
  'src/index.ts',
  'src/server.js',
  'src/main.js',
  'src/index.js',
];

/** The files that a start script names. */
function sourceOf(folder: string, script: string): string {
  const named = script.split(/\s+/).filter((word) => /\.[cm]?[jt]s$/.test(word));
  return named.map((file) => read(join(folder, file))).join('\n');
}

/** `listen(3000)` in a source that knows no PORT. */
function portIn(source: string): number | null {
  if (/\bPORT\b/.test(source)) return null;
  const port = Number(/\.listen\(\s*(\d{2,5})\b/.exec(source)?.[1]);
  return port > 0 && port < 65_536 ? port : null;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
