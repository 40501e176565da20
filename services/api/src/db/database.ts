import type { Connection, QueryError } from 'mysql2';
import { Problem, unavailable } from '../problem.ts';

/** The statements of one request. */
export interface Session {
  rows<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Number of rows that the statement changed or matched. */
  change(sql: string, values?: readonly unknown[]): Promise<number>;
  /** Id that the table gave to the new row. */
  insert(sql: string, values?: readonly unknown[]): Promise<number>;
}

export interface Database {
  /** All work of one request: one connection, one deadline. */
  use<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** The same with all or nothing of it kept; nothing when the work fails. */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export interface DatabaseLimits {
  connectTimeoutMs: number;
  queryTimeoutMs: number;
  deadlineMs: number;
}

/** Where a connection comes from and where it goes; the one thing in which the databases differ. */
export interface ConnectionSource {
  acquire(timeoutMs: number): Promise<Connection>;
  release(connection: Connection): Promise<void>;
  close(): Promise<void>;
}

export function createDatabase(source: ConnectionSource, limits: DatabaseLimits): Database {
  async function use<Result>(work: (session: ConnectionSession) => Promise<Result>): Promise<Result> {
    const endsAtMs = performance.now() + limits.deadlineMs;
    const connection = await source.acquire(limits.deadlineMs).catch((error: unknown) => {
      throw asProblem(error);
    });
    const session = new ConnectionSession(connection, limits.queryTimeoutMs, endsAtMs);
    try {
      return await work(session);
    } finally {
      // Another statement would wait behind the one that has not been answered.
      if (session.broken) connection.destroy();
      else await source.release(connection);
    }
  }
  return {
    use,
    transaction: (work) => use((session) => inTransaction(session, work)),
    close: () => source.close(),
  };
}

async function inTransaction<Result>(
  session: ConnectionSession,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  await session.change('start transaction');
  try {
    const result = await work(session);
    await session.change('commit');
    return result;
  } catch (error) {
    // A connection whose transaction nobody can end must not be lent to another request; the server rolls back with it.
    await session.change('rollback').catch(() => {
      session.broken = true;
    });
    throw error;
  }
}

class ConnectionSession implements Session {
  broken = false;
  readonly #connection: Connection;
  readonly #queryTimeoutMs: number;
  readonly #endsAtMs: number;

  constructor(connection: Connection, queryTimeoutMs: number, endsAtMs: number) {
    this.#connection = connection;
    this.#queryTimeoutMs = queryTimeoutMs;
    this.#endsAtMs = endsAtMs;
  }

  rows<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#run<Row[]>(sql, values);
  }

  async change(sql: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.#run<{ affectedRows: number }>(sql, values)).affectedRows;
  }

  async insert(sql: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.#run<{ insertId: number }>(sql, values)).insertId;
  }

  #run<Result>(sql: string, values: readonly unknown[]): Promise<Result> {
    const leftMs = Math.floor(this.#endsAtMs - performance.now());
    if (leftMs < 1) return Promise.reject(unavailable('The database took too long; try again.'));
    return new Promise((resolve, reject) => {
      const timeout = Math.min(this.#queryTimeoutMs, leftMs);
      this.#connection.query(
        { sql, values: [...values], timeout },
        (error: QueryError | null, result: unknown) => {
          if (error === null) return resolve(result as Result);
          this.broken ||= isDisconnect(error);
          reject(asProblem(error));
        },
      );
    });
  }
}

const disconnects: ReadonlySet<string> = new Set([
  'PROTOCOL_SEQUENCE_TIMEOUT',
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

function isDisconnect(error: QueryError): boolean {
  return error.fatal || disconnects.has(error.code);
}

/** Failures of the database as a whole become 503; a statement that is wrong stays what it is: a fault of ours. */
function asProblem(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const { code, fatal } = error as Partial<QueryError>;
  if (fatal === true || (code !== undefined && disconnects.has(code))) {
    return unavailable('The database cannot be reached; try again.', error);
  }
  return error;
}
