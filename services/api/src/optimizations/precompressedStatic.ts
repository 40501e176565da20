import type { Optimization } from './optimization.ts';

export const precompressedStatic = {
  name: 'precompressed-static',
  group: 'delivery',
  title: 'Static texts compressed beforehand',
  does: 'Style sheets and scripts are compressed once, when their folder is made, with brotli at quality 11 and gzip at level 9; a request takes the file that fits.',
  where: ['GET /assets/:file'],
  evidence: [
    { what: 'bytes that the service sends', moves: 'down' },
    { what: 'CPU time of the service', moves: 'down' },
  ],
  risks: ['The first start with it takes longer.'],
} as const satisfies Optimization;
