import { ConfigError } from '@dyno/api/config';
import { createLog } from '@dyno/api/log';
import { readWorkerConfig } from './config.ts';
import { watch } from './watchdog.ts';
import { startWorker } from './worker.ts';

const exitCodes = { failed: 1, badConfig: 2, interruptedTwice: 130 } as const;
/** After the drain: a database or a Redis that does not say goodbye. */
const closeDeadlineMs = 6000;

const config = configOrExit();
const log = createLog(config.shop.logLevel);
const worker = await startWorker(config, log).catch((error: NodeJS.ErrnoException) => {
  const why =
    error.code === 'EADDRINUSE' ? 'the port is taken; set WORKER_PORT to a free one' : error.message;
  console.error(`The worker cannot start on ${config.host}:${config.port}: ${why}`);
  process.exit(exitCodes.failed);
});
watch(config.watchdogMs);
log.info({ port: worker.port, optimizations: [...config.shop.optimizations] }, 'working');

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) process.exit(exitCodes.interruptedTwice);
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(), config.drainMs + closeDeadlineMs).unref();
    // A job that does not listen may keep connections open; telemetry holds the exit until it has sent what it has.
    void worker.stop().then(() => process.exit());
  });
}

function configOrExit() {
  try {
    return readWorkerConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(exitCodes.badConfig);
  }
}
