import type { Optimization } from './optimization.ts';

export const cursorStream = {
  name: 'cursor-stream',
  group: 'database',
  title: 'Cursor stream',
  does: 'Reads the rows of an export one by one while they are used, with back-pressure to the database, instead of all of them before the first is used.',
  where: ['GET /exports/orders.csv'],
  evidence: [{ what: 'memory of the service', moves: 'down' }],
  risks: [
    'A slow reader holds a connection for as long as it reads; after a time-out without progress the export is cut off.',
  ],
} as const satisfies Optimization;
