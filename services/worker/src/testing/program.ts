import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { workEnvironment } from './work.ts';

const main = new URL('../main.ts', import.meta.url).pathname;
const poisoned = new URL('./poisonedMain.ts', import.meta.url).pathname;

export interface Program {
  child: ChildProcess;
  port: number;
  errors(): string;
  exited: Promise<unknown>;
  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** The worker as a process of its own, when it works; `poisoned`: with reports that harm it. */
export async function startProgram(
  environment: NodeJS.ProcessEnv = {},
  which: 'main' | 'poisoned' = 'main',
): Promise<Program> {
  const child = spawn(process.execPath, [which === 'main' ? main : poisoned], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      ...workEnvironment({ LOG_LEVEL: 'info', ...environment }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data;
  });
  const port = await listening(child);
  return {
    child,
    port,
    errors: () => errors,
    exited,
    async kill(signal) {
      child.kill(signal);
      await exited;
      return { code: child.exitCode, signal: child.signalCode };
    },
  };
}

async function listening(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('The worker has no output.');
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const { msg, port } = JSON.parse(line) as { msg: string; port: number };
    if (msg !== 'working') continue;
    // The pipe must not fill up.
    child.stdout.resume();
    return port;
  }
  throw new Error('The worker ended before it worked.');
}
