import type { Optimization } from './optimization.ts';

export const http2 = {
  name: 'http2',
  group: 'delivery',
  title: 'HTTP/2',
  does: 'nginx speaks HTTP/2 on HTTPS_PORT, where without the switch it speaks HTTP/1.1: all requests of a client share one connection. PORT stays as it is.',
  where: ['*'],
  evidence: [
    { what: 'connections and TLS handshakes of a client', moves: 'down' },
    { what: 'bytes of headers', moves: 'down' },
  ],
  risks: [
    'One lost packet holds up everything on the connection.',
    'One connection goes to one worker of nginx, however many there are.',
  ],
} as const satisfies Optimization;
