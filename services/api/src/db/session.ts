import type { Connection, QueryError } from 'mysql2';
import type { RunAll, Works } from '../optimizations/parallelAwaits.ts';
import type { Prepare } from '../optimizations/preparedStatements.ts';
import { unavailable } from '../problem.ts';
import { asProblem, isDisconnect, isTimeout, timeoutCode, withoutValues } from './failures.ts';

/** The statements of one request. */
export interface Session {
  rows<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Number of rows that the statement changed or matched. */
  change(sql: string, values?: readonly unknown[]): Promise<number>;
  /** Id that the table gave to the new row. */
  insert(sql: string, values?: readonly unknown[]): Promise<number>;
  /** Works that do not need each other's results; one fails, all fail. */
  all: RunAll;
}

/** Baseline of `all`. */
export const oneAfterAnother: RunAll = async <Results extends readonly unknown[]>(works: Works<Results>) => {
  const results: unknown[] = [];
  for (const work of works) results.push(await work());
  return results as unknown as Results;
};

/** Longer than the driver's own time-out, which is to decide where it works. */
const preparingMs = 50;

export class ConnectionSession implements Session {
  broken = false;
  /** The server may still be at a statement of ours. */
  unanswered = false;
  readonly all: RunAll;
  readonly #connection: Connection;
  readonly #queryTimeoutMs: number;
  readonly #endsAtMs: number;
  readonly #prepare: Prepare | null;

  constructor(
    connection: Connection,
    options: { queryTimeoutMs: number; endsAtMs: number; prepare: Prepare | null; runAll: RunAll },
  ) {
    this.#connection = connection;
    this.#queryTimeoutMs = options.queryTimeoutMs;
    this.#endsAtMs = options.endsAtMs;
    this.#prepare = options.prepare;
    this.all = options.runAll;
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
    // It would wait for ever behind the one that has not been answered: its own time-out begins when it is sent.
    if (this.broken) return Promise.reject(unavailable('The database cannot be reached; try again.'));
    const leftMs = Math.floor(this.#endsAtMs - performance.now());
    if (leftMs < 1) return Promise.reject(unavailable('The database took too long; try again.'));
    return new Promise((resolve, reject) => {
      const timeout = Math.min(this.#queryTimeoutMs, leftMs);
      const done = (error: QueryError | null, result: unknown) => {
        if (error === null) return resolve(result as Result);
        this.broken ||= isDisconnect(error);
        this.unanswered ||= isTimeout(error);
        reject(asProblem(withoutValues(error, sql)));
      };
      const prepared = this.#prepare?.(sql, values) ?? null;
      if (prepared === null) this.#connection.query({ sql, values: [...values], timeout }, done);
      else this.#executeWithin(timeout, prepared, done);
    });
  }

  /** The driver's time-out begins when the statement has been prepared: a server that hangs before would be waited for without end. */
  #executeWithin(
    timeout: number,
    prepared: NonNullable<ReturnType<Prepare>>,
    done: (error: QueryError | null, result: unknown) => void,
  ): void {
    const timer = setTimeout(() => {
      const message = `no answer within ${timeout} ms`;
      done(Object.assign(new Error(message), { code: timeoutCode, fatal: true }), null);
    }, timeout + preparingMs);
    this.#connection.execute({ ...prepared, timeout }, (error, result) => {
      clearTimeout(timer);
      done(error, result);
    });
  }
}

/** A connection is held only while a statement runs, so that a request that wants several never waits holding one. */
export class SpreadSession implements Session {
  readonly all: RunAll;
  readonly #use: UseConnection;

  constructor(use: UseConnection, runAll: RunAll) {
    this.#use = use;
    this.all = runAll;
  }

  rows<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.#use((session) => session.rows<Row>(sql, values));
  }

  change(sql: string, values?: readonly unknown[]): Promise<number> {
    return this.#use((session) => session.change(sql, values));
  }

  insert(sql: string, values?: readonly unknown[]): Promise<number> {
    return this.#use((session) => session.insert(sql, values));
  }
}

type UseConnection = <Result>(work: (session: Session) => Promise<Result>) => Promise<Result>;

/** Connections whose lock waits have been limited; those of a pool are the same ones in each request. */
const limited = new WeakSet<Connection>();
