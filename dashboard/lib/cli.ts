import { execFile } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The checkout whose command line starts everything; `server.ts` says where it is. */
export function projectFolder(): string {
  const folder = process.env.DYNO_PROJECT;
  if (!folder) throw new Error('DYNO_PROJECT is not set: it names the checkout of Dyno.');
  return folder;
}

/** `.dyno`: the token, and what was started from here. */
export function homeFolder(): string {
  const folder = process.env.DYNO_HOME;
  if (!folder) throw new Error('DYNO_HOME is not set: it names the folder .dyno.');
  return folder;
}

/** Of whichever checkout: how a process of the command line is known. */
export const cliFile = 'services/lab/src/cli.ts';
export const cliPath = (): string => join(projectFolder(), cliFile);

/** The user's environment, without what belongs to this server alone: a measured service would find it. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const own = /^(?:NODE_ENV|PORT|HOST|TURBOPACK|DYNO_PROJECT|DYNO_READ_ONLY|_?_?NEXT_.*)$/;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !own.test(name)),
  ) as NodeJS.ProcessEnv;
}

/** What a short command prints. */
export async function outputOf(args: readonly string[]): Promise<string> {
  const running = execute(process.execPath, [cliPath(), ...args], {
    cwd: projectFolder(),
    env: userEnvironment(),
    timeout: 30_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  // Whoever may read can ask for it while something is measured: the service goes first.
  if (running.child.pid !== undefined) setPriority(running.child.pid, constants.priority.PRIORITY_LOW);
  return (await running).stdout;
}
