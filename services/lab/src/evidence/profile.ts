import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { writeDurably } from '../run/durable.ts';
import { withFrameTypes } from './flamegraphPage.ts';
import { foldTicks, ticksSchema } from './folded.ts';

/** How a service is started so that 0x watches it, and how it is stopped so that 0x writes. */
export interface ProfiledCommand {
  command: string[];
  stopSignal: 'SIGINT';
  /** 0x turns V8's log into a flamegraph when the service has ended. */
  graceMs: number;
}

export interface ProfileOptions {
  /** An empty folder of the caller's: V8's log and 0x's files, some 10 MB a second. */
  folder: string;
  /** Heading of the flamegraph. */
  title: string;
  /** Samples before this are dropped: compiling and connecting are not the service's work. */
  delayMs: number;
}

const mainLog = fileURLToPath(new URL('./mainLog.ts', import.meta.url));

/** 0x in front of a service's command; that must be Node, as program of its own and not through npm. */
export function profileCommand(
  command: readonly string[],
  { folder, title, delayMs }: ProfileOptions,
): ProfiledCommand {
  const [program = '', ...args] = command;
  if (!isNode(program)) {
    throw new DynoError(
      `"${command.join(' ')}" cannot be profiled: 0x needs a command that starts with node. Name the service's main file in service.command, or set profilePassSeconds to 0.`,
    );
  }
  return {
    command: [
      process.execPath,
      createRequire(import.meta.url).resolve('0x/cmd.js'),
      ...['--working-dir', folder, '--output-dir', join(folder, 'out')],
      ...['--collect-delay', String(Math.round(delayMs)), '--title', title],
      '--write-ticks',
      '--quiet',
      '--',
      // The Node that runs the lab: an older one of the same name on PATH could not run TypeScript.
      process.execPath,
      ...['--require', mainLog],
      ...args,
    ],
    stopSignal: 'SIGINT',
    graceMs: 120_000,
  };
}

/** Keeps 0x's page and the folded stacks, relative to the run's folder, and removes what 0x worked with. The service has ended. */
export async function collectProfile(
  { folder, variant, project }: { folder: string; variant: string; project: string },
  runFolder: string,
): Promise<{ flamegraph: string; folded: string; samples: number }> {
  const page = join(folder, 'out', 'flamegraph.html');
  const ticks = join(folder, 'out', 'ticks.json');
  for (const file of [page, ticks]) {
    if (existsSync(file)) continue;
    throw new DynoError(
      `0x wrote no ${basename(file)} for ${variant}: the service ended too early, or uses cluster, which 0x cannot watch. Its files are in ${folder}.`,
      exitCodes.invalid,
    );
  }
  const { text, samples } = foldTicks(ticksSchema.parse(JSON.parse(await readFile(ticks, 'utf8'))), project);
  const kept = {
    flamegraph: `profiles/${variant}/flamegraph.html`,
    folded: `profiles/${variant}/folded.txt`,
  };
  await writeDurably(join(runFolder, kept.flamegraph), withFrameTypes(await readFile(page, 'utf8')));
  await writeDurably(join(runFolder, kept.folded), text);
  await rm(folder, { recursive: true });
  return { ...kept, samples };
}

function isNode(program: string): boolean {
  return program === process.execPath || basename(program) === 'node';
}
