import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import next from 'next';
import { z } from 'zod';
import { refuse, sendRunFile } from './files.ts';
import { refusalOf } from './gate.ts';
import { LiveStreams } from './live.ts';

const settings = z
  .object({
    PORT: z.coerce.number().int().min(1).max(65_535),
    DYNO_RESULTS: z
      .string()
      .min(1)
      .default(join(import.meta.dirname, '..', 'results')),
    /** Only a container listens elsewhere: its network is its own, and the port it publishes is on 127.0.0.1. */
    HOST: z.string().default('127.0.0.1'),
  })
  .parse(process.env);
process.env.DYNO_RESULTS = settings.DYNO_RESULTS;
process.env.NEXT_TELEMETRY_DISABLED = '1';
const port = settings.PORT;

const app = next({ dev: false, dir: import.meta.dirname, hostname: settings.HOST, port: settings.PORT });
await app.prepare();
const pages = app.getRequestHandler();
const streams = new LiveStreams();

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    if (response.headersSent) response.destroy();
    else refuse(response, 500, 'The dashboard could not answer; its log says why.');
  });
});
// Nothing here speaks another protocol.
server.on('upgrade', (_request, socket) => socket.destroy());
server.listen(settings.PORT, settings.HOST, () => {
  console.log(`Dashboard ready at http://127.0.0.1:${port}/`);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    streams.close();
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), 1_000).unref();
  });

/** Everything passes here: the gate, then files and streams of runs, then the pages. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  const refusal = refusalOf(request, port);
  if (refusal) return refuse(response, refusal.status, refusal.message);

  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const file = /^\/runs\/([^/]+)\/files\/(.+)$/.exec(path);
  if (file?.[1] && file[2]) return sendRunFile(file[1], file[2], request.method === 'HEAD', response);
  const live = /^\/runs\/([a-z0-9-]+)\/live$/.exec(path);
  if (live?.[1]) {
    if (request.method === 'HEAD') return void response.end();
    if (!streams.add(live[1], response)) refuse(response, 503, 'Too many pages follow runs; close one.');
    return;
  }
  if (path.startsWith('/_next/image')) return refuse(response, 404, 'Not found.');

  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    // Widths and places of bars are style attributes; they can load nothing.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  // Next reads the nonce for its own scripts from this header of the request.
  request.headers['content-security-policy'] = policy;
  request.headers['x-nonce'] = nonce;
  response.setHeader('content-security-policy', policy);
  await pages(request, response);
}
