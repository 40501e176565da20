import type { Job } from '@dyno/api/jobs/job';
import { outboxRow } from '@dyno/api/jobs/outbox';
import { createLog } from '@dyno/api/log';
import { openJobs } from '@dyno/api/wiring/jobs';
import { readWorkerConfig } from '../config.ts';
import { watch } from '../watchdog.ts';
import { startWorker } from '../worker.ts';

/** As main.ts, but a report is what its payload says: a job that harms whoever does it. */
const harm: Job = async ({ database, signal }, outboxId) => {
  const row = await database.use((session) => outboxRow(session, outboxId));
  const payload = row?.payload as { poison: string } | undefined;
  switch (payload?.poison) {
    case 'throws':
      throw new Error('thrown on purpose');
    case 'never ends':
      return new Promise(() => signal.addEventListener('abort', () => {}));
    case 'blocks the loop':
      for (;;);
    case 'runs out of memory': {
      const kept: unknown[] = [];
      for (;;) kept.push(new Array(1e6).fill(outboxId));
    }
    case 'kills':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => {});
    default:
      return;
  }
};

const config = readWorkerConfig(process.env);
const log = createLog(config.shop.logLevel);
const worker = await startWorker(config, log, (shop, log) => {
  const opened = openJobs(shop, log);
  return { ...opened, jobs: { ...opened.jobs, report: harm } };
});
watch(config.watchdogMs);
process.on('SIGTERM', () => void worker.stop().then(() => process.exit()));
log.info({ port: worker.port }, 'working');
