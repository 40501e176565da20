import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Codes, readToken, sessionOf } from '@dyno/lab/token';
import next from 'next';
import { z } from 'zod';
import { actionPaths, answerAction } from './actions.ts';
import { refuse, sendProfileFile, sendRunFile } from './files.ts';
import {
  codeIn,
  cookieOf,
  type House,
  isLetIn,
  isLoopback,
  pathOf,
  refusalOf,
  refusalOfReading,
  wayIn,
} from './gate.ts';
import { followedAblation, followedRun } from './lib/liveRun.ts';
import { LiveStreams } from './live.ts';
import { sendLogs } from './logs.ts';
import { sendReportFile } from './reportFile.ts';

const settings = z
  .object({
    PORT: z.coerce.number().int().min(1).max(65_535),
    DYNO_RESULTS: z
      .string()
      .min(1)
      .default(join(import.meta.dirname, '..', 'results')),
    /** Of the token and the log of what was started from here. */
    DYNO_HOME: z
      .string()
      .min(1)
      .default(join(import.meta.dirname, '..', '.dyno')),
    /** A container has no command line to start anything with: its network is its own, and the port it publishes is on 127.0.0.1. */
    DYNO_READ_ONLY: z.enum(['', '1']).default(''),
    HOST: z.string().default('127.0.0.1'),
  })
  .parse(process.env);
const { PORT: port, HOST: bound } = settings;
process.env.DYNO_PROJECT = join(import.meta.dirname, '..');
process.env.DYNO_RESULTS = settings.DYNO_RESULTS;
process.env.DYNO_HOME = settings.DYNO_HOME;
process.env.NEXT_TELEMETRY_DISABLED = '1';

const startedMs = Date.now();
const onlyReads = settings.DYNO_READ_ONLY === '1';
const token = onlyReads ? null : await readToken(settings.DYNO_HOME);
const codes = token === null ? null : new Codes(token, port, startedMs);
const house: House = {
  port,
  bound,
  session: token === null ? null : sessionOf(token, port),
  readingIsOpen: onlyReads || isLoopback(bound),
  isAction: (path) => actionPaths.includes(path),
};
if (!house.readingIsOpen)
  console.warn(
    `Listening on ${bound}: other machines reach this dashboard, and without TLS everything can be read on the way, what lets a browser in included. A tunnel (ssh -L ${port}:127.0.0.1:${port}) needs no HOST.`,
  );

const app = next({ dev: false, dir: import.meta.dirname, hostname: bound, port });
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
server.listen(port, bound, () => {
  console.log(`Dashboard ready at http://127.0.0.1:${port}/`);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    streams.close();
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), 1_000).unref();
  });

const spentCode = `This address was opened before, or belongs to an earlier start of the dashboard. ${wayIn}`;

/** A code counts once; a browser that has its cookie already needs none. */
function letIn(
  request: IncomingMessage,
  { code, rest }: { code: string; rest: string },
  response: ServerResponse,
): void {
  const isNew = house.session !== null && codes?.redeem(code) === true;
  if (!isNew && !isLetIn(request.headers, house)) {
    refuse(response, 401, onlyReads ? 'This dashboard only reads: leave out the token.' : spentCode);
    return;
  }
  if (isNew && house.session !== null) response.setHeader('set-cookie', cookieOf(house, house.session));
  response.writeHead(303, { location: rest, 'cache-control': 'no-store' }).end();
}

/** Everything passes here: the gate, then files, report files and streams of runs, then the pages. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  const refusal = refusalOf(request, house);
  if (refusal) return refuse(response, refusal.status, refusal.message);
  const shown = codeIn(request);
  if (shown) return letIn(request, shown, response);
  const closed = refusalOfReading(request, house);
  if (closed) return refuse(response, closed.status, closed.message);

  const path = pathOf(request);
  if (!isReadable(path))
    return refuse(response, 400, 'This address is damaged: a % in it does not belong to a letter.');
  if (path.startsWith('/actions/')) return answerAction(request, response);
  const file = /^\/runs\/([^/]+)\/files\/(.+)$/.exec(path);
  if (file?.[1] && file[2]) return sendRunFile(file[1], file[2], request.method === 'HEAD', response);
  const report = /^\/runs\/([a-z0-9-]+)\/report\.html$/.exec(path);
  if (report?.[1]) return sendReportFile(report[1], request.method === 'HEAD', response);
  const profile = /^\/profiles\/([^/]+)\/files\/(.+)$/.exec(path);
  if (profile?.[1] && profile[2])
    return sendProfileFile(profile[1], profile[2], request.method === 'HEAD', response);
  const live = /^\/(runs|ablations)\/([a-z0-9-]+)\/live$/.exec(path);
  if (live?.[1] && live[2]) {
    if (request.method === 'HEAD') return void response.end();
    const followed = live[1] === 'runs' ? followedRun(live[2]) : followedAblation(live[2]);
    if (!streams.add(followed, response)) refuse(response, 503, 'Too many pages follow runs; close one.');
    return;
  }
  const logs = /^\/runs\/([a-z0-9-]+)\/logs$/.exec(path);
  if (logs?.[1]) return sendLogs(logs[1], new URLSearchParams(request.url?.split('?')[1]), response);
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
  // Which buttons a page has; said by us alone, whatever the browser sent.
  request.headers['x-dyno-access'] = onlyReads
    ? 'only-reads'
    : isLetIn(request.headers, house)
      ? 'full'
      : 'reads';
  response.setHeader('content-security-policy', policy);
  await pages(request, response);
}

/** Next answers 500 to what it cannot decode. */
function isReadable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
