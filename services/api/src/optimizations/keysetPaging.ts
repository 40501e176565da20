import { cursorValue } from '../store/cursor.ts';
import type { Place } from '../store/reading.ts';
import { offsetPaging } from '../store/statements.ts';
import type { Optimization } from './optimization.ts';

export const keysetPaging = {
  name: 'keyset-paging',
  group: 'database',
  title: 'Keyset paging',
  does: 'Begins a page behind the last product of the page before it (WHERE on the columns of the order), instead of reading and throwing away everything in front of it (OFFSET).',
  where: ['GET /products'],
  evidence: [{ what: 'rows that the database examines', moves: 'down' }],
  risks: [
    'Pages can be reached one after another only; whoever asks for an offset still pays for it.',
    'Without an index in the order of the list nothing is gained.',
  ],
} as const satisfies Optimization;

/**
 * Not as a comparison of rows, `(a, id) < (?, ?)`, of which neither MySQL nor MariaDB makes a range: the first
 * condition is the range, the second takes away the part of equal values that has been shown.
 */
export const keysetPlaces: Place = (order, page) => {
  const { after, limit } = page;
  if (after === null) return offsetPaging(order, page);
  const { expression, direction } = order;
  const beyond = direction === 'asc' ? '>' : '<';
  const value = cursorValue(after);
  return {
    conditions: [
      { sql: `${expression} ${beyond}= ?`, values: [value] },
      { sql: `(${expression} ${beyond} ? or id ${beyond} ?)`, values: [value, after.id] },
    ],
    end: 'limit ?',
    values: [limit],
  };
};
