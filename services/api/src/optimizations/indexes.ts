import type { Optimization } from './optimization.ts';

export const indexes = {
  name: 'indexes',
  group: 'database',
  title: 'Secondary indexes',
  does: 'Reads from the schema that has indexes on what is filtered, joined and sorted by, instead of from the one with primary keys only. Both hold the same rows, so that switching needs no DDL.',
  where: ['*'],
  evidence: [
    { what: 'rows that the database examines', moves: 'down' },
    { what: 'CPU time of the database', moves: 'down' },
  ],
  risks: ['Each write also maintains the indexes.', 'They take room in memory and on disk.'],
} as const satisfies Optimization;
