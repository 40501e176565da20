import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type App, createApp } from '../app.ts';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { exitCodes } from './exit.ts';
import {
  instanceVariable,
  isSupervised,
  type Listening,
  type Order,
  onStop,
  socketVariable,
} from './orders.ts';
import { reasonOf } from './ports.ts';

/** After the drain: a half-sent request is cut off, and a little later a database that does not say goodbye. */
const closeDeadlineMs = 5000;
const exitDeadlineMs = 6000;

/** Serves until it is told to stop. */
export async function runInstance(config: Config): Promise<void> {
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
  if (isSupervised()) {
    process.on('message', (order: Order) => {
      if (order.kind === 'drain') app.drain();
    });
  }
  onStop((why) => {
    log.info({ why }, 'stopping');
    void stop(app, server, config.drainMs);
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    console.error(`Cannot listen on ${whereOf(config)}: ${reasonOf(error)}`);
    process.exit(exitCodes.failed);
  });
  await app.prepare().catch((error: unknown) => log.error({ err: error }, 'there are no static files'));
  await listen(server, config);
  // The first of sisters does it for all of them.
  if ((process.env[instanceVariable] ?? '0') === '0') app.startUpkeep();
  const message: Listening = { kind: 'listening', address: server.address() };
  process.send?.(message);
  if (!isSupervised()) {
    log.info({ address: server.address(), optimizations: [...config.optimizations] }, 'listening');
  }
}

async function listen(server: Server, config: Config): Promise<void> {
  const socket = process.env[socketVariable];
  // The one that was killed has left it; its successor is started when it is gone, so nobody else listens there.
  if (socket !== undefined) await rm(socket, { force: true });
  await new Promise<void>((resolve) => {
    if (socket === undefined) server.listen(config.port, config.host, resolve);
    else server.listen(socket, resolve);
  });
}

/**
 * Drain first, close later: clients learn by `Connection: close` that they must not reuse a connection, so that none
 * is cut under their feet. The process then ends by itself, which lets telemetry send what it holds.
 */
async function stop(app: App, server: Server, drainMs: number): Promise<void> {
  app.drain();
  await delay(drainMs);
  setTimeout(() => process.exit(), exitDeadlineMs).unref();
  const force = setTimeout(() => server.closeAllConnections(), closeDeadlineMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(force);
  await app.close();
  // What the supervisor may still say holds nobody up.
  process.channel?.unref();
}

function whereOf(config: Config): string {
  return process.env[socketVariable] ?? `${config.host}:${config.port}`;
}
