import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { type App, createApp } from '../app.ts';
import type { Config } from '../config.ts';
import { dataHeaders } from '../headers.ts';
import { createLog } from '../log.ts';
import { refuseUnreadable } from './clientErrors.ts';
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

/** For those who have come in front of the door before it was taken away, and have not been let in. */
const doorMs = 100;

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
  refuseUnreadable(server, dataHeaders(config.accounts.publicUrl.startsWith('https:')));
  if (isSupervised()) {
    process.on('message', (order: Order) => {
      if (order.kind === 'drain') app.drain();
    });
  }
  let stopping = false;
  const stopOnce = (why: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'stopping');
    void stop(app, server, config.drainMs);
  };
  onStop(stopOnce);
  // Nobody knows what it has left half done. What else is under way has nothing to do with it and is finished first.
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'a failure that nobody expected');
    process.exitCode = exitCodes.failed;
    stopOnce('a failure');
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
  const socket = process.env[socketVariable];
  if (socket !== undefined) {
    // nginx asks another instance where it finds no door; behind one that is closed it would lose what it has sent, and a write is not sent twice.
    await rm(socket, { force: true });
    await delay(doorMs);
    await untilNobodyIsAtTheDoor(server);
  }
  const force = setTimeout(() => server.closeAllConnections(), closeDeadlineMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(force);
  await app.close();
  // What the supervisor may still say holds nobody up.
  process.channel?.unref();
}

/** Of those who stand there one is let in at each turn of the event loop; a process that was kept from running let in nobody. */
async function untilNobodyIsAtTheDoor(server: Server): Promise<void> {
  let came = true;
  server.on('connection', () => {
    came = true;
  });
  while (came) {
    came = false;
    await nextTurn();
  }
}

function whereOf(config: Config): string {
  return process.env[socketVariable] ?? `${config.host}:${config.port}`;
}
