import type { Optimization } from './optimization.ts';

export const nginxStatic = {
  name: 'nginx-static',
  group: 'delivery',
  title: 'Static files by nginx',
  does: 'nginx answers pictures and assets from their folder, with validators and a time to live of a year for pictures (immutable), as a CDN would; what is not there is asked of the service.',
  where: ['GET /assets/:file', 'GET /images/products/:file'],
  evidence: [
    { what: 'CPU time of the service and nginx', moves: 'down' },
    { what: 'requests that reach the service', moves: 'down' },
    { what: 'answers with status 304', moves: 'up' },
  ],
  risks: [
    'What may be kept for a year must change its name when it changes.',
    'nginx knows no sign-in: only what everybody may see lies in the folder.',
  ],
} as const satisfies Optimization;
