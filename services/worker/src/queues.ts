import { setTimeout as delay } from 'node:timers/promises';
import type { JobKind } from '@dyno/api/jobs/job';
import type { OutboxRow } from '@dyno/api/jobs/outbox';
import { Queue, type Telemetry } from 'bullmq';
import { Redis } from 'ioredis';

const answerMs = 1000;

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
  createdMs: number;
}

/** Whether it is the job of this row, and not of another database's that had the same number. */
export function isJobOf(row: OutboxRow | null, kind: JobKind, { createdMs }: JobData): boolean {
  return row !== null && row.kind === kind && row.createdMs === createdMs;
}

/**
 * The same whenever a row is added again. Its time is in it because a database that was filled anew or restored gives its numbers
 * once more, and Redis still knows the jobs that had them before, as done.
 */
export function jobIdOf({ id, createdMs }: Pick<OutboxRow, 'id' | 'createdMs'>): string {
  return `outbox-${id}-${createdMs}`;
}

export interface QueueOptions {
  redisUrl: string;
  prefix: string;
  telemetry: Telemetry;
}

export interface OpenQueues {
  queues: Queues;
  /** Redis has answered, or it has had a moment to: then what needs it says so. */
  answered: Promise<void>;
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
    answered: firstAnswer(connection),
    queues: Object.fromEntries(queueNames.map((name) => [name, open(name)])) as unknown as Queues,
    close: () => connection.disconnect(),
  };
}

async function firstAnswer(connection: Redis): Promise<void> {
  const ready = new Promise<void>((resolve) => connection.once('ready', resolve));
  await Promise.race([ready, delay(answerMs, undefined, { ref: false })]);
}

/** Milliseconds until the next try to connect. */
export function backOff(attempt: number): number {
  return Math.min(50 * attempt, 1000);
}
