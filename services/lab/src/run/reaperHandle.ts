import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Identity } from './proc.ts';

/** The small program that outlives this one: see reaper.ts. */
export class Reaper {
  readonly #mark: string;
  readonly #watched: Identity[] = [];
  #process: ChildProcess;

  constructor(mark: string) {
    this.#mark = mark;
    this.#process = this.#spawn();
  }

  watch(identity: Identity): void {
    this.#watched.push(identity);
    if (this.#hasExited()) {
      this.#process = this.#spawn();
      for (const one of this.#watched) this.#write(one);
    } else {
      this.#write(identity);
    }
  }

  async dismiss(): Promise<void> {
    if (this.#hasExited()) return;
    const exited = once(this.#process, 'exit');
    this.#process.ref();
    this.#process.stdin?.end('bye\n');
    await exited;
  }

  #spawn(): ChildProcess {
    const reaper = spawn(process.execPath, [join(import.meta.dirname, 'reaper.ts'), this.#mark], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      // Nothing of ours: an owner's owner that kills by its mark must not take the reaper first.
      env: {},
      cwd: '/',
    });
    reaper.on('error', () => {});
    // The next `watch` starts another one.
    reaper.stdin?.on('error', () => {});
    reaper.unref();
    return reaper;
  }

  #hasExited(): boolean {
    return (
      this.#process.pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null
    );
  }

  #write({ pid, startTime, pgid }: Identity): void {
    this.#process.stdin?.write(`${pid} ${startTime} ${pgid}\n`);
  }
}
