import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Settings } from '@dyno/contracts/settings';
import { DynoError } from './errors.ts';
import { sweepCheckouts } from './run/checkouts.ts';
import { type Owner, Processes, sweep } from './run/processes.ts';
import { ablationsFolder, noteLostRuns } from './run/results.ts';
import { ensureStack, type Stack, type StackNeeds } from './stack/stack.ts';
import { Terminal } from './terminal.ts';

/** One call of the command line: its settings, its terminal, the signals it gets and the processes it has started. */
export class Invocation {
  terminal = new Terminal(process.stderr, false);
  readonly #abort = new AbortController();
  readonly #opened: Processes[] = [];
  readonly #reaped = new Set<Processes>();
  readonly #stacks: Stack[] = [];
  #settings: Settings | null = null;
  readonly #onSignal = () => this.#interrupt();

  begin(settings: Settings, quiet: boolean): void {
    this.#settings = settings;
    this.terminal = new Terminal(process.stderr, quiet);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, this.#onSignal);
  }

  get settings(): Settings {
    if (this.#settings) return this.#settings;
    throw new DynoError('The settings have not been read.');
  }

  /** Aborted by Ctrl-C and by whatever asks this process to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Says what a predecessor that was killed has left. */
  async sweep(): Promise<void> {
    const { home, results } = this.settings;
    const left = [
      ...(await sweep(home)),
      ...(await sweepCheckouts(home)),
      ...(await noteLostRuns(results)),
      ...(await noteLostRuns(ablationsFolder(results), 'dyno ablate')),
    ];
    for (const line of left) process.stderr.write(`${line}\n`);
  }

  async openProcesses(owner: Owner, reap: boolean): Promise<Processes> {
    const processes = await Processes.open({ home: this.settings.home, owner, reap });
    this.#opened.push(processes);
    if (reap) this.#reaped.add(processes);
    return processes;
  }

  /** Parts that run already are used, and left alone at the end. */
  async bringUpStack(processes: Processes, signal = this.signal, needs?: StackNeeds): Promise<Stack> {
    const stack = await ensureStack(this.settings, {
      ...needs,
      processes,
      signal: AbortSignal.any([this.signal, signal]),
      onProgress: (event) => this.terminal.stack(event),
    });
    // Containers are no processes of ours: only the stack itself can end them.
    if (this.#reaped.has(processes)) this.#stacks.push(stack);
    return stack;
  }

  /** Or until `end`; where that fails, this does. */
  async untilInterrupted(end?: Promise<never>): Promise<void> {
    if (this.signal.aborted) return;
    // A timer holds the process; an abort alone does not.
    const held = setInterval(() => {}, 60_000);
    const interrupted = new Promise((resolve) =>
      this.signal.addEventListener('abort', resolve, { once: true }),
    );
    try {
      await Promise.race([interrupted, ...(end ? [end] : [])]);
    } finally {
      clearInterval(held);
    }
  }

  /** Everything that this call has started and that is not meant to stay. */
  async close(): Promise<void> {
    this.terminal.status('');
    try {
      for (const stack of this.#stacks) await stack.stop();
    } finally {
      for (const processes of this.#opened) await processes.close();
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, this.#onSignal);
    }
  }

  /** First: stop, and keep what is whole. Second: kill at once. */
  #interrupt(): void {
    if (this.signal.aborted) {
      void Promise.all(this.#opened.map((processes) => processes.stopAll({ graceMs: 0 }))).finally(() => {
        process.exit(exitCodes.interrupted);
      });
      return;
    }
    this.terminal.line('stopping; once more kills at once');
    this.#abort.abort(new DynoError('Stopped.', exitCodes.interrupted));
  }
}
