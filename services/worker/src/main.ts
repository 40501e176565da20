import { createLog } from '@dyno/api/log';
import { configOrExit, exitCodes } from '@dyno/api/process/exit';
import { onStop } from '@dyno/api/process/orders';
import { readWorkerConfig } from './config.ts';
import { watch } from './watchdog.ts';
import { startWorker } from './worker.ts';

/** After the drain: a database or a Redis that does not say goodbye. */
const closeDeadlineMs = 6000;

const config = configOrExit(readWorkerConfig);
const log = createLog(config.shop.logLevel);
const worker = await startWorker(config, log).catch((error: NodeJS.ErrnoException) => {
  const why =
    error.code === 'EADDRINUSE' ? 'the port is taken; set WORKER_PORT to a free one' : error.message;
  console.error(`The worker cannot start on ${config.host}:${config.port}: ${why}`);
  process.exit(exitCodes.failed);
});
watch(config.watchdogMs);

onStop(async (why) => {
  log.info({ why }, 'stopping');
  setTimeout(() => process.exit(), config.drainMs + closeDeadlineMs).unref();
  await worker.stop();
  // A job that does not listen may keep connections open; telemetry holds the exit until it has sent what it has.
  process.exit();
});
// Who reads this may stop it.
log.info({ port: worker.port, optimizations: [...config.shop.optimizations] }, 'working');
