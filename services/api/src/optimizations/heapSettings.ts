import type { Optimization } from './optimization.ts';

export const heapSettings = {
  name: 'heap-settings',
  group: 'process',
  title: 'A larger young generation',
  does: 'Starts the service with --max-semi-space-size=HEAP_SEMI_SPACE_MB (64 unless it is set; V8 takes 16), so that what a request needs is dead before it is copied.',
  where: ['*'],
  evidence: [
    { what: 'garbage collections of the young generation', moves: 'down' },
    { what: 'time spent in garbage collection', moves: 'down' },
  ],
  risks: ['Up to three times that size more of resident memory, in every process.'],
} as const satisfies Optimization;

export const semiSpaceMegabytesUnlessSaid = 64;
