import { setTimeout as delay } from 'node:timers/promises';
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
  /**
   * The same with all or nothing of it kept; nothing when the work fails. The work is done again when another
   * transaction stood in its way, so it must touch nothing but the session.
   */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Row by row, as the reader takes them; whoever stops reading gives the connection up. */
  stream<Row>(sql: string, values?: readonly unknown[]): AsyncGenerator<Row, void, undefined>;
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

export function createDatabase(
  source: ConnectionSource,
  limits: DatabaseLimits,
  random: () => number = Math.random,
): Database {
  const acquire = () =>
    source.acquire(limits.deadlineMs).catch((error: unknown) => {
      throw asProblem(error);
    });
  async function use<Result>(work: (session: ConnectionSession) => Promise<Result>): Promise<Result> {
    const endsAtMs = performance.now() + limits.deadlineMs;
    const connection = await acquire();
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
    transaction: (work) => use((session) => untilNobodyIsInTheWay(session, work, random)),
    stream: <Row>(sql: string, values: readonly unknown[] = []) =>
      streamed<Row>({ acquire, source, timeoutMs: limits.queryTimeoutMs }, sql, values),
    close: () => source.close(),
  };
}

const maxRetries = 5;
const retryAfterMs = 20;

async function untilNobodyIsInTheWay<Result>(
  session: ConnectionSession,
  work: (session: Session) => Promise<Result>,
  random: () => number,
): Promise<Result> {
  await session.limitLockWaits();
  for (let retries = 0; ; retries += 1) {
    try {
      return await inTransaction(session, work);
    } catch (error) {
      if (!isContention(error)) throw error;
      if (retries === maxRetries) {
        throw unavailable('Too many want to change the same at once; try again.', error);
      }
    }
    // Those that stood in each other's way must not meet again.
    await delay(random() * retryAfterMs * (retries + 1));
  }
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

async function* streamed<Row>(
  from: { acquire(): Promise<Connection>; source: ConnectionSource; timeoutMs: number },
  sql: string,
  values: readonly unknown[],
): AsyncGenerator<Row, void, undefined> {
  const connection = await from.acquire();
  const rows = connection.query({ sql, values: [...values] }).stream({ highWaterMark: 256 });
  // The driver tells only the connection that it was lost, and the stream would wait for ever.
  const fail = (error?: Error) => void rows.destroy(error ?? new Error('The connection was closed.'));
  connection.once('error', fail);
  connection.once('end', fail);
  const stalled = setTimeout(
    () => fail(unavailable('The rows were not sent or not taken in time.')),
    from.timeoutMs,
  );
  let whole = false;
  try {
    for await (const row of rows) {
      stalled.refresh();
      yield row as Row;
    }
    whole = true;
  } catch (error) {
    throw asProblem(error);
  } finally {
    clearTimeout(stalled);
    connection.off('error', fail);
    connection.off('end', fail);
    // The rest of the answer is still on its way.
    if (whole) await from.source.release(connection);
    else connection.destroy();
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

  /** The server goes on waiting for a lock when nobody waits for its answer any more; it shall give up before we do. */
  async limitLockWaits(): Promise<void> {
    if (limited.has(this.#connection)) return;
    const seconds = Math.max(1, Math.floor(this.#queryTimeoutMs / 2000));
    await this.change(`set innodb_lock_wait_timeout = ${seconds}`);
    limited.add(this.#connection);
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

/** Connections whose lock waits have been limited; those of a pool are the same ones in each request. */
const limited = new WeakSet<Connection>();

/** Another transaction held what this one needs: a deadlock, or a lock that did not come in time. */
function isContention(error: unknown): boolean {
  const { code } = error as Partial<QueryError>;
  return code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT';
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
