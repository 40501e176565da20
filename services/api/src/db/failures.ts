import type { QueryError } from 'mysql2';
import { Problem, unavailable } from '../problem.ts';

/** Another transaction held what this one needs: a deadlock, or a lock that did not come in time. */
export function isContention(error: unknown): boolean {
  const { code } = error as Partial<QueryError>;
  return code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT';
}

/** As the driver has it. */
export const timeoutCode = 'PROTOCOL_SEQUENCE_TIMEOUT';

const disconnects: ReadonlySet<string> = new Set([
  timeoutCode,
  'PROTOCOL_CONNECTION_LOST',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_BAD_DB_ERROR',
  'ER_NO_SUCH_TABLE',
  'ER_ACCESS_DENIED_ERROR',
]);

export function isDisconnect(error: QueryError): boolean {
  return error.fatal || disconnects.has(error.code);
}

/** The server did not answer in time, and may not know that nobody waits for it any more. */
export function isTimeout(error: QueryError): boolean {
  return error.code === timeoutCode;
}

/** The driver puts the statement with its values into an error, and errors are logged: hashes and addresses would be with them. */
export function withoutValues(error: QueryError, sql: string): QueryError {
  return Object.assign(error, { sql });
}

/** Failures of the database as a whole become 503; a statement that is wrong stays what it is: a fault of ours. */
export function asProblem(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const { code, fatal } = error as Partial<QueryError>;
  if (fatal === true || (code !== undefined && disconnects.has(code))) {
    return unavailable('The database cannot be reached; try again.', error);
  }
  return error;
}
