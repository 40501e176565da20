import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { assertOwnedBy, assertPortFree } from '../run/ports.ts';
import { type Child, livingOf } from '../run/processes.ts';
import { install } from './install.ts';
import type { Part, PartName, Place } from './parts.ts';
import type { Secrets } from './secrets.ts';
import { indented, runStep, startLogged, type Work } from './work.ts';

export interface Running {
  part: PartName;
  version: string;
  pids(): number[];
  /** Null for a part that ran before: whoever started it stops it. */
  stop: (() => Promise<void>) | null;
}

/** Recovery after a crash reads the whole redo log. */
const readyWithinMs = 120_000;
/** MySQL writes its dirty pages before it goes; torn off, it repairs itself at the next start. */
const stopGraceMs = 20_000;

/** The part that runs already, or a new one; what is returned has done its first work. */
export async function ensurePart(part: Part, work: Work, secrets: Secrets): Promise<Running> {
  const { settings } = work;
  const living = (await livingOf(settings.home, 'stack')).find((one) => one.what === part.name);
  if (living) return reuse(part, living, work, secrets);
  for (const port of part.ports) await assertPortFree(settings.ports[port], port);
  const binary = await install(part, work);
  work.tell({
    part: part.name,
    state: 'starting',
    detail: `${part.title} ${binary.version} (${binary.way})`,
  });
  const place = placeOf(part, work, secrets);
  await part.prepare(place, binary);
  work.signal.throwIfAborted();
  const { args, env } = part.command(place, binary);
  const child = await startLogged(work, {
    what: part.name,
    command: binary.path,
    args,
    cwd: settings.home,
    env,
    graceMs: stopGraceMs,
  });
  try {
    const version = await whenReady(part, work, secrets, {
      hasExited: () => child.hasExited(),
      logTail: () => child.logTail(12),
      logFile: child.logFile,
    });
    for (const port of part.ports) assertOwnedBy(settings.ports[port], child.members(), part.title);
    return running(part, version, child);
  } catch (error) {
    await child.stop();
    throw error;
  }
}

function running(part: Part, version: string, child: Child): Running {
  return {
    part: part.name,
    version,
    pids: () => child.members(),
    stop: () => child.stop(),
  };
}

async function reuse(
  part: Part,
  living: { pid: number; logFile: string },
  work: Work,
  secrets: Secrets,
): Promise<Running> {
  const { home, ports } = work.settings;
  const stillLives = async () =>
    (await livingOf(home, 'stack')).some((one) => one.what === part.name && one.pid === living.pid);
  const version = await whenReady(part, work, secrets, {
    hasExited: async () => !(await stillLives()),
    logTail: async () => '',
    logFile: living.logFile,
    withinMs: 30_000,
  });
  for (const port of part.ports) assertOwnedBy(ports[port], [living.pid], part.title);
  return { part: part.name, version, pids: () => [living.pid], stop: null };
}

interface Watched {
  hasExited(): boolean | Promise<boolean>;
  logTail(): Promise<string>;
  logFile: string;
  withinMs?: number;
}

/** Asks the part for real work until it does it, has died, or takes too long. */
async function whenReady(part: Part, work: Work, secrets: Secrets, watched: Watched): Promise<string> {
  const withinMs = watched.withinMs ?? readyWithinMs;
  const deadline = performance.now() + withinMs;
  for (;;) {
    work.signal.throwIfAborted();
    try {
      return await part.answer(work.settings, secrets);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (await watched.hasExited()) {
        throw new DynoError(
          `${part.title} ended while it started.\n${indented(await watched.logTail())}\n  All of it is in ${watched.logFile}`,
          exitCodes.usage,
        );
      }
      if (performance.now() > deadline) {
        throw new DynoError(
          `${part.title} runs but has not answered for ${withinMs / 1000} s (${reason}). Its log is ${watched.logFile}; \`dyno down\` stops it.`,
          exitCodes.usage,
        );
      }
    }
    await pause(100);
  }
}

function placeOf(part: Part, work: Work, secrets: Secrets): Place {
  return {
    settings: work.settings,
    secrets,
    run: (spec) =>
      runStep(work, { part: part.name, state: 'starting', doing: `preparing ${part.title}`, ...spec }),
  };
}
