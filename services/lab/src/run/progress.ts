import { rename, writeFile } from 'node:fs/promises';
import { type PlanFile, type Progress, schemaVersion } from '@dyno/contracts/run';
import type { RunFolder } from './results.ts';

export type ProgressChange = Partial<Omit<Progress, 'schemaVersion' | 'runId' | 'pid' | 'updatedAt'>>;

/** `progress.json`: replaced in one step so that a reader sees it whole, but never synced: it is of no use after a crash of the machine. */
export class ProgressFile {
  value: Progress;
  readonly #path: string;
  readonly #listener: (progress: Progress) => void;
  #writing: Promise<void> | null = null;
  #dirty = false;

  constructor(folder: RunFolder, plan: PlanFile, listener: (progress: Progress) => void) {
    this.#path = folder.file('progress.json');
    this.#listener = listener;
    this.value = {
      schemaVersion,
      runId: plan.runId,
      state: 'running',
      pid: process.pid,
      updatedAt: new Date().toISOString(),
      stage: 'stack',
      round: 0,
      block: 0,
      blocksMax: plan.plan.blocks.max,
      variant: null,
      requestsPerSecond: null,
      latencyMsP95: null,
      secondsLeft: null,
      message: '',
    };
  }

  update(change: ProgressChange): void {
    this.value = { ...this.value, ...change, updatedAt: new Date().toISOString() };
    this.#listener(this.value);
    this.#dirty = true;
    this.#writing ??= this.#write();
  }

  /** Everything told so far is in the file when this returns. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** A disk that is full is for the samples to notice. */
  async #write(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false;
      const temporary = `${this.#path}.${process.pid}-0.tmp`;
      await writeFile(temporary, `${JSON.stringify(this.value)}\n`)
        .then(() => rename(temporary, this.#path))
        .catch(() => {});
    }
    // In the same step as the last look: what is told a moment later starts a new one.
    this.#writing = null;
  }
}
