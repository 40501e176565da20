import { type Queue, type Telemetry, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { backOff } from './queues.ts';
import { Ticker } from './ticker.ts';

export interface WarmingOptions {
  queue: Queue;
  redisUrl: string;
  prefix: string;
  telemetry: Telemetry;
  /** Between two rounds through what is to be warm; many workers make one round together. */
  everyMs: number;
  /** Between two looks whether Redis still knows of it. */
  restoreMs: number;
  log: Logger;
  stop: AbortSignal;
  warm(signal: AbortSignal): Promise<number>;
}

const scheduler = 'lists';

/** Keeps the shared cache warm: what has come to its end is loaded before a visitor has to wait for it. */
export function openWarming(options: WarmingOptions): { worker: Worker; stopScheduling(): Promise<void> } {
  const { queue, everyMs, restoreMs, log, stop, warm } = options;
  const worker = new Worker(queue.name, async () => ({ lists: await warm(stop) }), {
    connection: { url: options.redisUrl, maxRetriesPerRequest: null, retryStrategy: backOff },
    prefix: options.prefix,
    telemetry: options.telemetry,
    runRetryDelay: 1000,
    removeOnComplete: { count: 10 },
    removeOnFail: { count: 100 },
  });
  worker.on('error', (error) => log.debug({ err: error }, 'the queue cannot be reached'));
  worker.on('failed', (_job, error) => log.warn({ err: error }, 'warming the cache failed'));
  const scheduling = new Ticker({
    what: 'cache warming',
    everyMs: restoreMs,
    log,
    async work() {
      if ((await queue.getJobScheduler(scheduler)) !== undefined) return;
      await queue.upsertJobScheduler(scheduler, { every: everyMs }, { name: scheduler });
    },
  });
  scheduling.start();
  return { worker, stopScheduling: () => scheduling.stop() };
}
