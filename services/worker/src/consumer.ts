import { InputRefused, JobHeld, JobInterrupted, type JobKind } from '@dyno/api/jobs/job';
import type { Telemetry } from 'bullmq';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { DeadLetters } from './deadLetters.ts';
import { backOff, type JobData, queueOf } from './queues.ts';

export interface ConsumerOptions {
  kind: JobKind;
  redisUrl: string;
  prefix: string;
  telemetry: Telemetry;
  concurrency: number;
  /** A worker that says nothing for so long is taken for dead, and its job is given to another. */
  lockMs: number;
  /** The longest that one try may take. */
  jobDeadlineMs: number;
  /** Until a job that somebody else holds is asked about again. */
  heldRetryMs: number;
  /** Aborted when this process must end now. */
  stop: AbortSignal;
  deadLetters: DeadLetters;
  log: Logger;
  perform(kind: JobKind, data: JobData, signal: AbortSignal): Promise<void>;
}

/** How often a job may take its worker with it into death before it counts as the cause. */
const maxStalledCount = 2;

/** Takes jobs of one kind from their queue and says how they ended. */
export function openConsumer(options: ConsumerOptions): Worker<JobData> {
  const { kind, deadLetters, log } = options;
  const worker = new Worker<JobData>(
    queueOf[kind],
    (job, token, signal) => attempt(options, { job, token, signal }),
    {
      connection: { url: options.redisUrl, maxRetriesPerRequest: null, retryStrategy: backOff },
      prefix: options.prefix,
      telemetry: options.telemetry,
      concurrency: options.concurrency,
      lockDuration: options.lockMs,
      stalledInterval: options.lockMs,
      maxStalledCount,
      // A worker that hangs may have been woken in another's place: nobody sleeps longer than it takes to find that out.
      drainDelay: Math.min(5, options.lockMs / 1000),
      runRetryDelay: 1000,
    },
  );
  // Redis is away: the worker goes on by itself when it is back, and /readyz says so meanwhile.
  worker.on('error', (error) => log.debug({ err: error, kind }, 'the queue cannot be reached'));
  worker.on('failed', (job, error) => {
    // Without a job it is one that another worker's death has ended: the relay finds it.
    if (job === undefined || job.finishedOn === undefined) return;
    deadLetters.bury(kind, job, error.message).catch((cause: unknown) => {
      log.warn({ err: cause, kind }, 'a dead letter was not written down yet');
    });
  });
  worker.on('completed', (job) => void deadLetters.strikeOff(job).catch(() => {}));
  return worker;
}

async function attempt(
  { kind, perform, stop, jobDeadlineMs, heldRetryMs }: ConsumerOptions,
  { job, token, signal }: { job: Job<JobData>; token: string | undefined; signal: AbortSignal | undefined },
): Promise<void> {
  const deadline = AbortSignal.timeout(jobDeadlineMs);
  const any = AbortSignal.any([stop, deadline, ...(signal === undefined ? [] : [signal])]);
  try {
    await untilAborted(perform(kind, job.data, any), deadline, jobDeadlineMs);
  } catch (error) {
    if (error instanceof JobInterrupted && stop.aborted) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    if (error instanceof JobHeld) {
      await job.moveToDelayed(Date.now() + heldRetryMs, token);
      throw new DelayedError();
    }
    if (error instanceof InputRefused) throw new UnrecoverableError(error.message);
    throw error;
  }
}

/** A job that never ends must not hold its place for ever. */
function untilAborted(work: Promise<void>, deadline: AbortSignal, jobDeadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`not done within ${jobDeadlineMs} ms`));
    deadline.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => deadline.removeEventListener('abort', late));
  });
}
