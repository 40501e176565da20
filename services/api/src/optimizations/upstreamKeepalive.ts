import type { Optimization } from './optimization.ts';

export const upstreamKeepalive = {
  name: 'upstream-keepalive',
  group: 'process',
  title: 'Connections kept between nginx and the service',
  does: 'nginx keeps its connections to the instances open (64 a worker) and speaks HTTP/1.1 to them, instead of opening one for each request. Alone it puts nginx in front of one instance.',
  where: ['*'],
  evidence: [
    { what: 'connections that the service accepts', moves: 'down' },
    { what: 'CPU time of the service and nginx', moves: 'down' },
  ],
  risks: [
    'An instance that ends must say so in its answers (Connection: close), or a request meets a closed connection.',
  ],
} as const satisfies Optimization;

export const connectionsKept = 64;
