import { ConfigError } from '@dyno/api/config';
import { createLog } from '@dyno/api/log';
import { isSupervised, onStop } from '@dyno/api/process/orders';
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

// Beside a service its supervisor says when; by itself a second signal is a hurry.
if (isSupervised()) onStop(stop);
else onSignals(stop);

async function stop(why: string): Promise<void> {
  log.info({ why }, 'stopping');
  setTimeout(() => process.exit(), config.drainMs + closeDeadlineMs).unref();
  await worker.stop();
  // A job that does not listen may keep connections open; telemetry holds the exit until it has sent what it has.
  process.exit();
}

function onSignals(stop: (why: string) => void): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(exitCodes.interruptedTwice);
      stopping = true;
      stop(signal);
    });
  }
}
// Who reads this may stop it.
log.info({ port: worker.port, optimizations: [...config.shop.optimizations] }, 'working');

function configOrExit() {
  try {
    return readWorkerConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(exitCodes.badConfig);
  }
}
