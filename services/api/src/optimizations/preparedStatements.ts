import mysql, { type ExecuteValues } from 'mysql2';
import type { Optimization } from './optimization.ts';

export const preparedStatements = {
  name: 'prepared-statements',
  group: 'database',
  title: 'Prepared statements',
  does: 'Has each statement parsed once per connection and sends only its values after that (execute), at most 100 statements a connection. Lists in IN are filled up to a power of two with their last value, so that lists of all lengths share few statements.',
  where: ['*'],
  evidence: [
    { what: 'statements that the database prepares, per request', moves: 'down' },
    { what: 'CPU time of the database', moves: 'down' },
  ],
  risks: [
    'With a connection per request each statement is prepared for one use: one more round trip.',
    'Statements that nobody reuses push out those that are.',
  ],
} as const satisfies Optimization;

/** Of the server's max_prepared_stmt_count, 16,382 for all connections together. */
export const mostPrepared = 100;

/** Null where a statement cannot be prepared or is not worth it: it is then sent as text. */
export type Prepare = (
  sql: string,
  values: readonly unknown[],
) => { sql: string; values: ExecuteValues[] } | null;

export const prepare: Prepare = (sql, values) => {
  if (!/^\s*(select|insert|update|delete)\b/i.test(sql)) return null;
  // Rows of a bulk insert: their number differs each time.
  if (values.some((value) => Array.isArray(value) && value.some(Array.isArray))) return null;
  const bound: ExecuteValues[] = [];
  let index = 0;
  const text = sql.replace(/\?/g, () => {
    const value = values[index];
    index += 1;
    const list = Array.isArray(value) ? filledUp(value) : [value];
    bound.push(...list.map(typed));
    return list.map(() => '?').join(', ');
  });
  return { sql: text, values: bound };
};

function filledUp(list: readonly unknown[]): unknown[] {
  const length = 2 ** Math.ceil(Math.log2(Math.max(list.length, 1)));
  return [...list, ...new Array(length - list.length).fill(list.at(-1))];
}

/** The driver sends numbers as floating point, which LIMIT refuses on some servers. */
function typed(value: unknown): ExecuteValues {
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  return isWhole ? mysql.TypedParameter.LONGLONG(value) : (value as ExecuteValues);
}
