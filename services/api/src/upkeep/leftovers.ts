import { giveUp } from '../jobs/giveUp.ts';
import {
  attemptsOf,
  InputRefused,
  type JobDeps,
  JobHeld,
  JobInterrupted,
  type JobKind,
  type Jobs,
} from '../jobs/job.ts';
import { abandonedRows, type OutboxRow } from '../jobs/outbox.ts';
import { performUnqueued } from '../jobs/perform.ts';

const atOnce = 100;

interface LeftoversOptions {
  kind: JobKind;
  /** After which no request is at it any more. */
  afterMs: number;
  jobs: Jobs;
  deps: JobDeps;
}

/**
 * Where no worker runs, nobody else does what a request could not do: the service tries it again, as often as a worker would.
 * Of one kind: none waits for a long import.
 */
export class Leftovers {
  readonly #options: LeftoversOptions;
  /** Tries that failed, by job. One that is forgotten with its process is tried from the beginning. */
  readonly #failures = new Map<number, number>();

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  async pass(): Promise<void> {
    const { deps, kind, afterMs } = this.#options;
    const rows = await deps.database.use((session) =>
      abandonedRows(session, { kind, forMs: afterMs, limit: atOnce }),
    );
    for (const row of rows) {
      if (deps.signal.aborted) return;
      await this.#try(row);
    }
  }

  async #try(row: OutboxRow): Promise<void> {
    const { jobs, deps } = this.#options;
    try {
      await performUnqueued(jobs, deps, row.kind, row.id);
    } catch (error) {
      // Somebody is at it or in front of it, or it goes on after the next start.
      if (error instanceof JobHeld || error instanceof JobInterrupted) return;
      // That one has been noted already.
      if (!(error instanceof InputRefused)) return this.#failed(row, error);
    }
    this.#failures.delete(row.id);
  }

  async #failed({ id, kind }: OutboxRow, error: unknown): Promise<void> {
    const { database, log } = this.#options.deps;
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    if (failures < attemptsOf[kind]) return;
    const reason = error instanceof Error ? error.message : String(error);
    await database.transaction((session) => giveUp(session, id, reason));
    this.#failures.delete(id);
    log.error({ kind, outboxId: id, reason, attempts: failures }, 'a job is a dead letter');
  }
}
