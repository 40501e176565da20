import { setTimeout as delay } from 'node:timers/promises';
import { type JobKind, jobKinds } from '@dyno/api/jobs/job';
import { outboxRow } from '@dyno/api/jobs/outbox';
import { performJob } from '@dyno/api/jobs/perform';
import { openJobs, queuedKinds } from '@dyno/api/wiring/jobs';
import type { Worker as Consumer, Queue } from 'bullmq';
import type { Logger } from 'pino';
import { board } from './board.ts';
import type { WorkerConfig } from './config.ts';
import { openConsumer } from './consumer.ts';
import { DeadLetters } from './deadLetters.ts';
import { openHealthServer } from './health.ts';
import { isJobOf, openQueues } from './queues.ts';
import { Relay } from './relay.ts';
import { openRepeated } from './repeated.ts';
import { queueTelemetry } from './telemetry.ts';

export interface ShopWorker {
  port: number;
  /** No new job, the ones under way to their end or, after the deadline, given back; then everything is closed. */
  stop(): Promise<void>;
}

/** After the deadline of the drain, for jobs that have been told to stop. */
const giveBackMs = 2000;
/** For saying goodbye to Redis. */
const disconnectMs = 1000;

export async function startWorker(
  config: WorkerConfig,
  log: Logger,
  open: typeof openJobs = openJobs,
): Promise<ShopWorker> {
  const { redisUrl, databasePrefix } = config.shop;
  const prefix = `${databasePrefix}:jobs`;
  const telemetry = queueTelemetry();
  const mustStop = new AbortController();
  const { jobs, deps, warm, prune, close } = open(config.shop, log);
  const { queues, answered, close: closeQueues } = openQueues({ redisUrl, prefix, telemetry });
  await answered;
  const deadLetters = new DeadLetters({ database: deps.database, queues, log });
  const relay = new Relay({
    database: deps.database,
    queues,
    deadLetters,
    log,
    kinds: queuedKinds(config.shop),
    // Twice the time for which the service may hold a job that it does itself.
    abandonedMs: config.shop.jobLeaseMs * 2,
    intervalMs: config.relayIntervalMs,
    restoreMs: config.relayRestoreMs,
    retryDelayMs: config.retryDelayMs,
  });
  const consumers: Consumer[] = jobKinds.map((kind) =>
    openConsumer({
      kind,
      redisUrl,
      prefix,
      telemetry,
      concurrency: concurrencyOf(kind, config),
      lockMs: config.lockMs,
      jobDeadlineMs: config.jobDeadlineMs,
      heldRetryMs: Math.ceil(config.shop.jobLeaseMs / 4),
      stop: mustStop.signal,
      deadLetters,
      log,
      async perform(kind, data, signal) {
        const row = await deps.database.use((session) => outboxRow(session, data.outboxId));
        if (isJobOf(row, kind, data)) await performJob(jobs, { ...deps, signal }, kind, data.outboxId);
      },
    }),
  );
  const repeat = (queue: Queue, everyMs: number, work: () => Promise<unknown>) =>
    openRepeated({
      queue,
      redisUrl,
      prefix,
      telemetry,
      everyMs,
      restoreMs: config.relayRestoreMs,
      log,
      work,
    });
  const repeated = [
    repeat(queues.pruning, config.shop.pruneIntervalMs, async () => {
      await deadLetters.trim();
      return { rows: await prune(mustStop.signal) };
    }),
  ];
  if (warm !== null) {
    const everyMs = Math.ceil(config.shop.cacheTtlMs / 4);
    // What comes to its end is loaded before a visitor has to wait for it.
    repeated.push(
      repeat(queues['cache-warming'], everyMs, async () => ({ lists: await warm(mustStop.signal) })),
    );
  }
  consumers.push(...repeated.map(({ worker }) => worker));
  let draining = false;
  const health = await openHealthServer({
    host: config.host,
    port: config.port,
    parts: [
      { name: 'database', check: () => deps.database.use((session) => session.rows('select 1')) },
      { name: 'queue', check: () => queues.emails.getJobCounts('waiting') },
    ],
    isDraining: () => draining,
    pages: config.boardPassword === null ? [] : board(queues, config.boardPassword),
    log,
  });
  relay.start();

  return {
    port: health.port,
    async stop() {
      draining = true;
      await Promise.all([relay.stop(), ...repeated.map((one) => one.stopScheduling())]);
      await drain(consumers, config.drainMs, mustStop);
      await health.close();
      closeQueues();
      await close();
    },
  };
}

async function drain(
  consumers: readonly Consumer[],
  drainMs: number,
  mustStop: AbortController,
): Promise<void> {
  const closed = Promise.all(consumers.map((consumer) => consumer.close())).then(() => true);
  const inTime = await Promise.race([closed, delay(drainMs, false, { ref: false })]);
  if (inTime) return;
  mustStop.abort();
  await Promise.race([closed, delay(giveBackMs, null, { ref: false })]);
  // What does not even stop when told to is taken from us when its lock ends. A client between two tries to reconnect never says that it ended.
  const cut = Promise.allSettled(consumers.map((consumer) => consumer.disconnect()));
  await Promise.race([cut, delay(disconnectMs)]);
}

function concurrencyOf(kind: JobKind, { concurrency }: WorkerConfig): number {
  switch (kind) {
    case 'email':
    case 'invalidation':
      return concurrency;
    case 'import':
    case 'report':
      return 1;
    default:
      return kind satisfies never;
  }
}
