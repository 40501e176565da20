import type { JobKind } from '@dyno/api/jobs/job';
import { Queue, type Telemetry } from 'bullmq';
import { Redis } from 'ioredis';

/** `dead-letters` is only looked at: what ended without being done, from every other queue. */
const queueNames = [
  'emails',
  'imports',
  'reports',
  'invalidation',
  'cache-warming',
  'pruning',
  'dead-letters',
] as const;
export type QueueName = (typeof queueNames)[number];
export type Queues = Readonly<Record<QueueName, Queue>>;

export const queueOf: Readonly<Record<JobKind, QueueName>> = {
  email: 'emails',
  import: 'imports',
  report: 'reports',
  invalidation: 'invalidation',
};

/** What a job carries through Redis: where its input is, so that nobody's data lies in a queue. */
export interface JobData {
  outboxId: number;
}

/** A whole number alone is no id for BullMQ. */
export function jobIdOf(outboxId: number): string {
  return `outbox-${outboxId}`;
}

export interface QueueOptions {
  redisUrl: string;
  prefix: string;
  telemetry: Telemetry;
}

export interface OpenQueues {
  queues: Queues;
  close(): void;
}

/** For adding: a Redis that is down or hangs is an error in a moment, and the outbox keeps what could not be added. */
export function openQueues({ redisUrl, prefix, telemetry }: QueueOptions): OpenQueues {
  const connection = new Redis(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 2000,
    retryStrategy: backOff,
  });
  // Whoever uses it is told by its own error.
  connection.on('error', () => {});
  const open = (name: QueueName) => {
    // Asking the server for its version fails where it is away just now, and then for good.
    const queue = new Queue(name, {
      connection,
      prefix,
      telemetry,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    });
    queue.on('error', () => {});
    return queue;
  };
  return {
    queues: Object.fromEntries(queueNames.map((name) => [name, open(name)])) as unknown as Queues,
    close: () => connection.disconnect(),
  };
}

/** Milliseconds until the next try to connect. */
export function backOff(attempt: number): number {
  return Math.min(50 * attempt, 1000);
}
