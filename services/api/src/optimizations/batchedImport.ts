import type { Database, Session } from '../db/database.ts';
import {
  type ProductWrite,
  type Shape,
  upsertStatement,
  valuesOf,
  writeWords,
} from '../imports/writeRows.ts';
import type { Optimization } from './optimization.ts';

export const batchedImport = {
  name: 'batched-import',
  group: 'database',
  title: 'Import in batches',
  does: 'Writes 1,000 rows of an import with one statement and one commit, together with the note of how far it is, instead of a statement and a commit for each row.',
  where: ['POST /imports/products'],
  evidence: [
    { what: 'database queries', moves: 'down' },
    { what: 'commits', moves: 'down' },
    { what: 'CPU time of the service', moves: 'down' },
  ],
  risks: [
    'The rows of a batch are locked together until its commit; orders for these products wait.',
    'One statement is as large as its rows: it must stay below the largest packet that the server takes.',
  ],
} as const satisfies Optimization;

export function writeBatch(
  database: Database,
  writes: readonly ProductWrite[],
  shape: Shape,
  advance: (session: Session) => Promise<void>,
): Promise<void> {
  return database.transaction(async (session) => {
    // Locks in the order of the ids, as everybody takes them. Of two rows for one product the later must win: the sort is stable.
    const sorted = writes.toSorted((one, other) => one.id - other.id);
    if (sorted.length > 0) {
      await session.change(upsertStatement(shape, 'many'), [sorted.map(valuesOf)]);
      await writeWords(session, sorted);
    }
    await advance(session);
  });
}
