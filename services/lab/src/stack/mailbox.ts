import { createServer } from 'node:http';
import { SMTPServer } from 'smtp-server';

/**
 * The mail server of the native stack, a program of its own: it takes every e-mail, counts it, and keeps the last ones for
 * whoever wants to look: `GET /api/v1/messages`, as Mailpit answers it in Compose.
 */
interface Kept {
  ID: string;
  MessageID: string;
  To: { Address: string }[];
  Subject: string;
  Created: string;
}

const host = '127.0.0.1';
const keptAtMost = 100;
const largestBytes = 1024 * 1024;
const smtpPort = portOf('SMTP_PORT');
const httpPort = portOf('MAILBOX_PORT');

const kept: Kept[] = [];
let total = 0;

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  hideSTARTTLS: true,
  disableReverseLookup: true,
  logger: false,
  size: largestBytes,
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= largestBytes) chunks.push(chunk);
    });
    stream.on('end', () => {
      if (stream.sizeExceeded) return done(Object.assign(new Error('too large'), { responseCode: 552 }));
      keep(Buffer.concat(chunks).toString('utf8'), session.envelope.rcptTo);
      done();
    });
  },
});
// A client that goes away in the middle of it.
smtp.on('error', () => {});

const http = createServer((request, response) => {
  // A page from elsewhere may have its own name for this address.
  const [name] = (request.headers.host ?? '').split(':');
  const known = name === host || name === 'localhost';
  if (!known || request.method !== 'GET' || request.url !== '/api/v1/messages') {
    response.writeHead(known ? 404 : 421).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ total, count: kept.length, messages: kept }));
});

smtp.server.on('error', failed);
http.on('error', failed);
http.listen(httpPort, host);
smtp.listen(smtpPort, host);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => process.exit());
}

function keep(text: string, recipients: readonly { address: string }[]): void {
  total += 1;
  kept.unshift({
    ID: String(total),
    MessageID: (header(text, 'message-id') ?? '').replace(/^<|>$/g, ''),
    To: recipients.map(({ address }) => ({ Address: address })),
    Subject: header(text, 'subject') ?? '',
    Created: new Date().toISOString(),
  });
  kept.length = Math.min(kept.length, keptAtMost);
}

function header(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(text)?.[1]?.trim();
}

function portOf(variable: string): number {
  const port = Number(process.env[variable]);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  console.error(`${variable} must be a port, not "${process.env[variable]}".`);
  process.exit(2);
}

function failed(error: NodeJS.ErrnoException): void {
  console.error(`The mail server cannot listen: ${error.message}`);
  process.exit(1);
}
