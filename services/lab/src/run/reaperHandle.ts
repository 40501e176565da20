import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Identity } from './proc.ts';

/** One that was killed is replaced, one that cannot run at all is not tried for ever: the ledger remains. */
const replacementsMax = 3;

/** The small program that outlives this one: see reaper.ts. */
export class Reaper {
  readonly #mark: string;
  readonly #watched: Identity[] = [];
  #process: ChildProcess;
  #replacements = 0;
  #dismissed = false;

  constructor(mark: string) {
    this.#mark = mark;
    this.#process = this.#spawn();
  }

  watch(identity: Identity): void {
    this.#watched.push(identity);
    this.#process.stdin?.write(`${lineOf(identity)}\n`);
  }

  /** Ends it without killing what it watches. */
  async dismiss(): Promise<void> {
    this.#dismissed = true;
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.ref();
    this.#process.stdin?.end('bye\n');
    await exited;
  }

  #spawn(): ChildProcess {
    // One that takes another's place has its list from the beginning: this process may be killed before it writes a line.
    const args = [join(import.meta.dirname, 'reaper.ts'), this.#mark, ...this.#watched.map(lineOf)];
    const reaper = spawn(process.execPath, args, {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      // Without the mark that this process may carry itself: whoever kills by it must not take the reaper first.
      env: {},
      cwd: '/',
    });
    reaper.on('error', () => {});
    reaper.stdin?.on('error', () => {});
    reaper.on('exit', () => this.#replace());
    reaper.unref();
    return reaper;
  }

  #replace(): void {
    if (this.#dismissed || this.#replacements === replacementsMax) return;
    this.#replacements += 1;
    this.#process = this.#spawn();
  }
}

function lineOf({ pid, startTime, pgid }: Identity): string {
  return `${pid} ${startTime} ${pgid}`;
}
