import type { Optimization } from './optimization.ts';

export const queuedImport = {
  name: 'queued-import',
  group: 'asynchronous',
  title: 'Product import through a queue',
  does: 'The file is kept and its rows are written by the worker, through BullMQ; without it the request writes every row before it answers.',
  where: ['POST /imports/products'],
  evidence: [
    { what: 'duration of the request', moves: 'down' },
    { what: 'database queries of the service', moves: 'down' },
  ],
  risks: [
    'Whoever imports has to ask for the outcome.',
    'Products appear while the import goes on, not at its end.',
  ],
} as const satisfies Optimization;
