import { InputRefused, type JobDeps, type JobKind, type Jobs } from './job.ts';
import { markDone, markFailed } from './outbox.ts';

/** As the columns have it. */
const maxOwnerLength = 64;
let tries = 0;

/** Does the job and notes in the outbox that it is done. What it throws is thrown on, for whoever keeps what failed. */
export async function performJob(jobs: Jobs, deps: JobDeps, kind: JobKind, outboxId: number): Promise<void> {
  // What this process was given twice must not take itself for its own holder.
  tries += 1;
  await jobs[kind]({ ...deps, owner: `${deps.owner}-${tries}`.slice(-maxOwnerLength) }, outboxId);
  await deps.database.use((session) => markDone(session, outboxId));
}

/** The same where no queue keeps what failed: an input that was refused is noted here. */
export async function performUnqueued(
  jobs: Jobs,
  deps: JobDeps,
  kind: JobKind,
  outboxId: number,
): Promise<void> {
  try {
    await performJob(jobs, deps, kind, outboxId);
  } catch (error) {
    if (error instanceof InputRefused) {
      await deps.database.use((session) => markFailed(session, outboxId, error.message));
    }
    throw error;
  }
}

/** What a request does with its job once the row in the outbox is committed. */
export type Dispatch = (kind: JobKind, outboxId: number) => Promise<void>;

/** Where a queue is on for a kind, the request leaves its row to the worker's relay; else the request does the work itself. */
export function dispatchOf(queued: ReadonlySet<JobKind>, jobs: Jobs, deps: JobDeps): Dispatch {
  return async function dispatch(kind, outboxId) {
    if (queued.has(kind)) return;
    try {
      await performUnqueued(jobs, deps, kind, outboxId);
    } catch (error) {
      // What was committed stays; the row says what is still to be done, or why it never will be.
      deps.log.warn({ err: error, kind, outboxId }, 'a job could not be done');
    }
  };
}
