import type { Optimization } from './optimization.ts';

export const indexes = {
  name: 'indexes',
  title: 'Secondary indexes',
  does: 'Reads from the schema that has indexes on what is filtered, joined and sorted by, instead of from the one with primary keys only. Both hold the same rows, so that switching needs no DDL.',
  evidence: [
    { what: 'rows that the database examines', moves: 'down' },
    { what: 'CPU time of the database', moves: 'down' },
  ],
} as const satisfies Optimization;
