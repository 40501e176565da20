import type { Optimization } from './optimization.ts';

export const heapSettings = {
  name: 'heap-settings',
  group: 'process',
  title: 'A larger young generation',
  does: 'Starts the service with --max-semi-space-size=HEAP_SEMI_SPACE_MB (64 unless it is set, more than V8 takes by itself), so that what a request needs is dead before it is copied.',
  where: ['*'],
  evidence: [
    { what: 'garbage collections of the young generation', moves: 'down' },
    { what: 'time spent in garbage collection', moves: 'down' },
  ],
  risks: ['More resident memory, up to a multiple of that size, in every process.'],
} as const satisfies Optimization;

export const semiSpaceMegabytesUnlessSaid = 64;
