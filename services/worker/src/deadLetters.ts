import type { Database } from '@dyno/api/db/database';
import { giveUp } from '@dyno/api/jobs/giveUp';
import type { JobKind } from '@dyno/api/jobs/job';
import { outboxRow } from '@dyno/api/jobs/outbox';
import type { Job } from 'bullmq';
import type { Logger } from 'pino';
import { isJobOf, type JobData, type Queues } from './queues.ts';

export interface DeadLetter {
  queue: string;
  kind: JobKind;
  outboxId: number;
  /** As it was handed in. */
  input: unknown;
  reason: string;
  attempts: number;
}

/** The list is for looking at; the outbox has what it forgets, and the queue where it can be tried again its last 5,000. */
const listedMs = 30 * 86_400_000;
const listedAtMost = 1000;
/** At once, from a list that has grown while nobody trimmed it. */
const trimmedAtMost = 5000;

/**
 * What will not be done, with its input and the reason: in the outbox, which outlives Redis, and as a list of its own on the
 * board. A dead letter that is tried again there (in the queue it came from) and succeeds is struck off.
 */
export class DeadLetters {
  readonly #deps: { database: Database; queues: Queues; log: Logger };

  constructor(deps: { database: Database; queues: Queues; log: Logger }) {
    this.#deps = deps;
  }

  /** May be repeated. The list comes first: what is not given up yet is buried again by the relay, should this process die between the two. */
  async bury(kind: JobKind, job: Job<JobData>, reason: string): Promise<void> {
    const { database, queues, log } = this.#deps;
    const { outboxId } = job.data;
    const row = await database.use((session) => outboxRow(session, outboxId));
    if (row !== null && !isJobOf(row, kind, job.data)) return;
    const letter: DeadLetter = {
      queue: job.queueName,
      kind,
      outboxId,
      input: row?.payload ?? null,
      reason,
      attempts: job.attemptsMade,
    };
    await this.#remove(job);
    await queues['dead-letters'].add(kind, letter, { jobId: idOf(job) });
    await database.transaction((session) => giveUp(session, outboxId, reason));
    log.error({ kind, outboxId, reason, attempts: job.attemptsMade }, 'a job is a dead letter');
  }

  /** By age and number, the oldest first. */
  async trim(): Promise<void> {
    const queue = this.#deps.queues['dead-letters'];
    await queue.clean(listedMs, trimmedAtMost, 'wait');
    const over = (await queue.getWaitingCount()) - listedAtMost;
    if (over <= 0) return;
    const oldest = await queue.getWaiting(0, Math.min(over, trimmedAtMost) - 1);
    for (const letter of oldest) await letter.remove();
  }

  async strikeOff(job: Job<JobData>): Promise<void> {
    // Who never failed was never buried.
    if ((job.stacktrace?.length ?? 0) > 0) await this.#remove(job);
  }

  async #remove(job: Job<JobData>): Promise<void> {
    await this.#deps.queues['dead-letters'].remove(idOf(job));
  }
}

function idOf(job: Job): string {
  return `${job.queueName}-${job.id}`;
}
