import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { bodyOf, chunksTooLarge, headersTooLarge, type Refusal, tooSlow, unreadable } from './refusals.ts';

/** The answer under way on it is not documented; Node's own handler, which this one stands in for, looks there too. */
type Connection = Duplex & { _httpMessage?: { headersSent: boolean } | null };
type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** What cannot be read, or does not come, never becomes a request: Node would answer with a bare status. */
export function refuseUnreadable(server: Server, headers: HeaderPairs): void {
  server.on('clientError', (error: NodeJS.ErrnoException, connection: Connection) => {
    // Behind the head of another answer it would be taken for its body.
    if (connection.writable && connection._httpMessage?.headersSent !== true) {
      connection.end(answerOf(refusalOf(error.code), headers), () => connection.destroy());
    } else {
      connection.destroy();
    }
  });
}

function refusalOf(code: string | undefined): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return headersTooLarge;
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return chunksTooLarge;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return tooSlow;
    default:
      return unreadable;
  }
}

function answerOf(refusal: Refusal, headers: HeaderPairs): string {
  const body = bodyOf(refusal);
  const lines = [
    ...headers,
    ['Content-Type', 'application/problem+json'],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Cache-Control', 'no-store'],
    ['Connection', 'close'],
  ].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join('')}\r\n${body}`;
}
