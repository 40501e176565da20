import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Settings } from '@dyno/contracts/settings';
import { DynoError } from '../errors.ts';
import type { Child, Processes } from '../run/processes.ts';

const execute = promisify(execFile);

export interface StackProgress {
  part: string;
  state: 'installing' | 'starting' | 'seeding' | 'ready' | 'skipped';
  detail: string;
}

/** What every step of the stack needs: where, with what, whom to tell, when to stop. */
export interface Work {
  settings: Settings;
  processes: Processes;
  tell(event: StackProgress): void;
  signal: AbortSignal;
  /** Where programs are looked for. */
  folders: string[];
}

export interface Step {
  part: string;
  state: 'installing' | 'starting' | 'seeding';
  /** Name of the log and of the process: `build k6`. */
  what: string;
  doing: string;
  command: string;
  args: string[];
  cwd?: string;
  env?: Record<string, string>;
  /** A step that must not be torn apart (a package manager) is waited for even when everything else stops. */
  whole?: boolean;
}

const tellEveryMs = 5_000;

/** Runs a program to its end and says meanwhile what it does and for how long; its error has the tail of its log. */
export async function runStep(work: Work, step: Step): Promise<void> {
  work.signal.throwIfAborted();
  const child = await startLogged(work, {
    what: step.what,
    command: step.command,
    args: step.args,
    cwd: step.cwd ?? work.settings.project,
    env: step.env ?? {},
  });
  const startedAt = performance.now();
  let last = '';
  work.tell({ part: step.part, state: step.state, detail: step.doing });
  for (let told = startedAt; !(await ended(child, 200)); ) {
    if (work.signal.aborted && !step.whole) {
      await child.stop();
      work.signal.throwIfAborted();
    }
    if (performance.now() - told < tellEveryMs) continue;
    told = performance.now();
    const seconds = Math.round((told - startedAt) / 1000);
    const line = (await child.logTail(1)).trim().slice(0, 80);
    // The same line again says nothing: a build that is silent has left it behind.
    const news = line === '' || line === last ? '' : `: ${line}`;
    last = line;
    work.tell({ part: step.part, state: step.state, detail: `${step.doing}, ${seconds} s${news}` });
  }
  const { code, signal } = await child.exited;
  if (code === 0) return;
  const tail = await child.logTail(12);
  throw new DynoError(
    `${step.what} ended with ${signal ?? `code ${code}`}.\n${indented(tail)}\n  All of it is in ${child.logFile}`,
  );
}

/** Starts a program with its output in `.dyno/log/<what>.log`; the log of the time before is kept beside it. */
export async function startLogged(
  { settings, processes }: Work,
  spec: {
    what: string;
    command: string;
    args: string[];
    cwd: string;
    env: Record<string, string>;
    graceMs?: number;
  },
): Promise<Child> {
  const logFile = join(settings.home, 'log', `${spec.what.replaceAll(' ', '-')}.log`);
  if (existsSync(logFile)) await rename(logFile, logFile.replace(/log$/, 'previous.log'));
  return processes.start({ ...spec, env: { ...process.env, ...spec.env }, logFile });
}

/** What a short program prints, or null when it fails or does not end. */
export async function outputOf(
  command: string,
  args: string[],
  env: Record<string, string> = {},
  timeoutMs = 15_000,
): Promise<string | null> {
  try {
    const { stdout, stderr } = await execute(command, args, {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      env: { ...process.env, ...env },
    });
    return `${stdout}${stderr}`;
  } catch {
    return null;
  }
}

export function indented(text: string): string {
  return text.replace(/^/gm, '  | ');
}

async function ended(child: Child, withinMs: number): Promise<boolean> {
  return Promise.race([child.exited.then(() => true), pause(withinMs).then(() => child.hasExited())]);
}
