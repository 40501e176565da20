import { Ticker } from '@dyno/api/upkeep/ticker';
import { type Queue, type Telemetry, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { backOff } from './queues.ts';

export interface RepeatedOptions {
  queue: Queue;
  redisUrl: string;
  prefix: string;
  telemetry: Telemetry;
  /** Of many workers one does it each time. */
  everyMs: number;
  /** Between two looks whether Redis still knows of it. */
  restoreMs: number;
  log: Logger;
  /** What it returns stands on the board. */
  work(): Promise<unknown>;
}

/** Work that comes again and again, and not because of a request. */
export function openRepeated(options: RepeatedOptions): { worker: Worker; stopScheduling(): Promise<void> } {
  const { queue, everyMs, restoreMs, log, work } = options;
  const { name } = queue;
  const worker = new Worker(name, () => work(), {
    connection: { url: options.redisUrl, maxRetriesPerRequest: null, retryStrategy: backOff },
    prefix: options.prefix,
    telemetry: options.telemetry,
    runRetryDelay: 1000,
    removeOnComplete: { count: 10 },
    removeOnFail: { count: 100 },
  });
  worker.on('error', (error) => log.debug({ err: error }, 'the queue cannot be reached'));
  worker.on('failed', (_job, error) => log.warn({ err: error, what: name }, 'failed; it is tried again'));
  const scheduling = new Ticker({
    what: `scheduling of ${name}`,
    everyMs: restoreMs,
    log,
    async work() {
      if (Number((await queue.getJobScheduler(name))?.every) === everyMs) return;
      await queue.upsertJobScheduler(name, { every: everyMs }, { name });
    },
  });
  scheduling.start();
  return { worker, stopScheduling: () => scheduling.stop() };
}
