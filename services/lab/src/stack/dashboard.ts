import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Settings } from '@dyno/contracts/settings';
import { DynoError } from '../errors.ts';
import { assertPortFree } from '../run/ports.ts';
import type { Child, Processes } from '../run/processes.ts';
import { portVariables } from '../settings.ts';
import { readToken } from '../token.ts';
import { checkUrl } from './answers.ts';
import { writeWhole } from './files.ts';
import { takeStackLock } from './stackLock.ts';
import { indented, runStep, type StackProgress, startLogged, type Work } from './work.ts';

const part = 'dashboard';
const readyWithinMs = 30_000;
/** What `next build` makes of these is the dashboard; tests beside them are not. */
const sources = [
  'dashboard',
  'charts',
  'contracts',
  'services/lab/src/format.ts',
  'services/lab/src/report/against.ts',
  'services/lab/src/report/estimates.ts',
  'services/lab/src/report/history.ts',
  'services/lab/src/report/nextSteps.ts',
  'services/lab/src/report/objectives.ts',
  'services/lab/src/report/sameTwice.ts',
  'services/lab/src/report/words.ts',
  'services/lab/src/experiment/duration.ts',
  'services/lab/src/experiment/random.ts',
  'services/lab/src/experiment/sharedLoad.ts',
  'services/lab/src/statistics',
  'package-lock.json',
];
const builtFrom = /\.(tsx?|css|svg|json)$/;

/** Builds the dashboard where its sources have changed, starts it and waits for its first page. */
export async function startDashboard(
  settings: Settings,
  processes: Processes,
  onProgress: (event: StackProgress) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ url: string; child: Child }> {
  const work: Work = { settings, processes, tell: onProgress, signal, folders: [] };
  // One that is no secret any more is said here in a sentence, before minutes of building: the server would end with it.
  await readToken(settings.home);
  await assertPortFree(settings.ports.dashboard, part);
  await build(work);
  onProgress({ part, state: 'starting', detail: 'starting the dashboard' });
  const child = await startLogged(work, {
    what: part,
    command: process.execPath,
    args: [join(settings.project, 'dashboard/server.ts')],
    cwd: settings.project,
    env: {
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      HOST: '127.0.0.1',
      PORT: String(settings.ports.dashboard),
      DYNO_RESULTS: settings.results,
      DYNO_HOME: settings.home,
      // What it starts measures with the same ports.
      ...portVariables(settings.ports),
    },
  });
  const url = `http://127.0.0.1:${settings.ports.dashboard}`;
  await ready(child, url, signal);
  onProgress({ part, state: 'ready', detail: url });
  return { url, child };
}

/** The stamp is written last, so a build that was torn apart is stale. */
async function build(work: Work): Promise<void> {
  const { settings } = work;
  const output = join(settings.project, 'dashboard/.next');
  const stampFile = join(output, 'dyno-stamp');
  const stamp = await stampOf(settings.project);
  const isBuilt = async () => (await readFile(stampFile, 'utf8').catch(() => '')) === stamp;
  if (await isBuilt()) return;
  // Next's output folder is one for all homes; its cache survives a build, so the lock does.
  const lock = await takeStackLock(join(output, 'cache'), work.signal, () =>
    work.tell({ part, state: 'installing', detail: 'waiting for another build of the dashboard' }),
  );
  try {
    if (await isBuilt()) return;
    await rm(stampFile, { force: true });
    await runStep(work, {
      part,
      state: 'installing',
      what: 'build dashboard',
      doing: 'building the dashboard',
      command: process.execPath,
      args: [join(settings.project, 'node_modules/next/dist/bin/next'), 'build', 'dashboard'],
      env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    });
    await writeWhole(stampFile, stamp);
  } finally {
    lock.release();
  }
}

/** One hash over everything that a build reads, the compiler's version included (by the lock file). */
async function stampOf(project: string): Promise<string> {
  const files = (await Promise.all(sources.map((source) => filesBelow(join(project, source))))).flat().sort();
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(`\0${relative(project, file)}\0`).update(await readFile(file));
  return hash.digest('hex');
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (entries === null) return [path];
  const lists = entries.map(async (entry) => {
    if (['.next', 'node_modules', 'next-env.d.ts'].includes(entry.name)) return [];
    if (entry.isDirectory()) return filesBelow(join(path, entry.name));
    return builtFrom.test(entry.name) && !entry.name.includes('.test.') ? [join(path, entry.name)] : [];
  });
  return (await Promise.all(lists)).flat();
}

async function ready(child: Child, url: string, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    signal.throwIfAborted();
    if (child.hasExited())
      throw new DynoError(
        `The dashboard ended while it started.\n${indented(await child.logTail(12))}\n  All of it is in ${child.logFile}`,
        exitCodes.invalid,
      );
    const answered = await checkUrl(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (performance.now() - startedAt > readyWithinMs) {
      await child.stop();
      throw new DynoError(
        `The dashboard did not answer at ${url} within ${readyWithinMs / 1000} s; its log is ${child.logFile}.`,
        exitCodes.invalid,
      );
    }
    await pause(100);
  }
}
