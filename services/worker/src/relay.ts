import type { Database } from '@dyno/api/db/database';
import { attemptsOf, type JobKind } from '@dyno/api/jobs/job';
import { markQueued, type OutboxRow, queuedRows, waitingRows } from '@dyno/api/jobs/outbox';
import { Ticker } from '@dyno/api/upkeep/ticker';
import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { DeadLetters } from './deadLetters.ts';
import { type JobData, jobIdOf, type Queues, queueOf } from './queues.ts';

export interface RelayOptions {
  database: Database;
  queues: Queues;
  deadLetters: DeadLetters;
  log: Logger;
  /** Which the service leaves to us; the others it does itself, unless it died over them. */
  kinds: readonly JobKind[];
  abandonedMs: number;
  /** Between two looks at the outbox. */
  intervalMs: number;
  /** Between two looks whether Redis still has what it was given. */
  restoreMs: number;
  /** Before the second try of a job; doubled for each one after it. */
  retryDelayMs: number;
}

const batchSize = 100;

/**
 * Takes what waits in the outbox to the queues: first added, then marked, so that a death between the two adds it again, which
 * the id of the job makes harmless. Redis may lose everything; what it had and nobody has finished is added again, too.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #passes: Ticker;
  readonly #restores: Ticker;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { log, intervalMs, restoreMs } = options;
    this.#passes = new Ticker({ what: 'relay', everyMs: intervalMs, log, work: () => this.#pass() });
    this.#restores = new Ticker({ what: 'restore', everyMs: restoreMs, log, work: () => this.#restore() });
  }

  start(): void {
    this.#passes.start();
    this.#restores.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#passes, this.#restores].map((ticker) => ticker.stop()));
  }

  async #pass(): Promise<void> {
    const { database, kinds, abandonedMs } = this.#options;
    for (;;) {
      const rows = await database.use((session) =>
        waitingRows(session, { kinds, orForMs: abandonedMs, limit: batchSize }),
      );
      if (rows.length === 0) return;
      for (const row of rows) await this.#add(row);
      await database.use((session) =>
        markQueued(
          session,
          rows.map(({ id }) => id),
        ),
      );
      if (rows.length < batchSize || this.#passes.stopping) return;
    }
  }

  async #restore(): Promise<void> {
    let afterId = 0;
    while (!this.#restores.stopping) {
      const rows = await this.#options.database.use((session) =>
        queuedRows(session, { afterId, limit: batchSize }),
      );
      for (const row of rows) await this.#settle(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < batchSize) return;
      afterId = last.id;
    }
  }

  /** Gone from Redis: once more. Ended without our knowledge (its worker died at that moment): a dead letter. */
  async #settle(row: OutboxRow): Promise<void> {
    const { queues, deadLetters } = this.#options;
    const queue = queues[queueOf[row.kind]];
    // Before the job is read: of one that ended in between, the reason would be missing.
    const state = await queue.getJobState(jobIdOf(row));
    const job = await queue.getJob(jobIdOf(row));
    if (job === undefined) return this.#add(row);
    if (state === 'failed' && job.finishedOn !== undefined)
      await deadLetters.bury(row.kind, job, job.failedReason);
  }

  async #add(row: OutboxRow): Promise<void> {
    const { id, kind, traceparent, createdMs } = row;
    const data: JobData = { outboxId: id, createdMs };
    // As a child of the request that left it here.
    const cause = propagation.extract(ROOT_CONTEXT, traceparent === null ? {} : { traceparent });
    await context.with(cause, () =>
      this.#options.queues[queueOf[kind]].add(kind, data, {
        jobId: jobIdOf(row),
        ...keeping(kind, this.#options.retryDelayMs),
      }),
    );
  }
}

/** The ended are kept for the board and so that a job added again is known; not without end, Redis is memory. */
function keeping(kind: JobKind, retryDelayMs: number) {
  return {
    attempts: attemptsOf[kind],
    backoff: { type: 'exponential', delay: retryDelayMs, jitter: 0.5 },
    removeOnComplete: { age: 3600, count: 1000 },
    removeOnFail: { count: 5000 },
  };
}
