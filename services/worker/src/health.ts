import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerProblems } from '@dyno/api/problem';
import { healthRoutes, type Part } from '@dyno/api/routes/health';
import { mountRoutes } from '@dyno/api/routes/mount';
import type { Guard } from '@dyno/api/routes/route';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Logger } from 'pino';

export interface HealthServer {
  port: number;
  close(): Promise<void>;
}

/** `/healthz`, `/readyz` and what else the worker shows. */
export async function openHealthServer(options: {
  host: string;
  port: number;
  parts: readonly Part[];
  isDraining(): boolean;
  pages: readonly Middleware[];
  log: Logger;
}): Promise<HealthServer> {
  const koa = new Koa();
  koa.on('error', (error: NodeJS.ErrnoException & { expose?: boolean }) => {
    if (error.expose !== true && error.code !== 'EPIPE' && error.code !== 'ECONNRESET') {
      options.log.error({ err: error }, 'answer failed');
    }
  });
  for (const page of options.pages) koa.use(page);
  koa.use(answerProblems(options.log));
  const router = new Router();
  mountRoutes(router, healthRoutes(options.parts, options.isDraining, options.log), nobodyIsAsked);
  koa.use(router.routes());
  koa.use(router.allowedMethods());
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 5000 }, koa.callback());
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

async function closed(server: Server): Promise<void> {
  const ended = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await ended;
}

/** These routes are for anyone. */
const nobodyIsAsked: Guard = {
  admit: () => Promise.resolve(null),
  count: () => Promise.resolve(),
};
