import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type App, createApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { createLog } from './log.ts';

const exitCodes = { failed: 1, badConfig: 2, interruptedTwice: 130 } as const;
/** After the drain: a half-sent request is cut off, and a little later a database that does not say goodbye. */
const closeDeadlineMs = 5000;
const exitDeadlineMs = 6000;

const config = configOrExit();
const log = createLog(config.logLevel);
const app = createApp({ config, log });
const server = createServer(
  {
    requestTimeout: 15_000,
    headersTimeout: 5000,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 30_000,
  },
  app.koa.callback(),
);
server.on('error', (error: NodeJS.ErrnoException) => {
  const why = error.code === 'EADDRINUSE' ? 'the port is taken; set PORT to a free one' : error.message;
  console.error(`Cannot listen on ${config.host}:${config.port}: ${why}`);
  process.exit(exitCodes.failed);
});
server.listen(config.port, config.host, () => {
  log.info({ address: server.address(), optimizations: [...config.optimizations] }, 'listening');
});

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) process.exit(exitCodes.interruptedTwice);
    stopping = true;
    log.info({ signal }, 'stopping');
    void stop(app, server);
  });
}

/**
 * Drain first, close later: clients learn by `Connection: close` that they must not reuse a connection, so that none
 * is cut under their feet. The process then ends by itself, which lets telemetry send what it holds.
 */
async function stop(app: App, server: Server): Promise<void> {
  app.drain();
  await delay(config.drainMs);
  setTimeout(() => process.exit(), exitDeadlineMs).unref();
  const force = setTimeout(() => server.closeAllConnections(), closeDeadlineMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(force);
  await app.close();
}

function configOrExit() {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(exitCodes.badConfig);
  }
}
