import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mysql2';
import type { RunAll } from '../optimizations/parallelAwaits.ts';
import type { Prepare } from '../optimizations/preparedStatements.ts';
import { unavailable } from '../problem.ts';
import { asProblem, isContention } from './failures.ts';
import { cutOff, rowGroups } from './rowStream.ts';
import { ConnectionSession, oneAfterAnother, type Session, SpreadSession } from './session.ts';

export type { Session } from './session.ts';

export interface Database {
  /** All work of one request: one connection, one deadline. */
  use<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /**
   * The same with all or nothing of it kept; nothing when the work fails. The work is done again when another
   * transaction stood in its way, so it must touch nothing but the session.
   */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** One at a time under this name (64 characters at most), whichever process it is in; the lock outlasts every commit of the work. */
  locked<Result>(name: string, work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Groups of rows, as the reader takes them; whoever stops reading gives the connection up. */
  stream<Row>(sql: string, values?: readonly unknown[]): AsyncGenerator<Row[], void, undefined>;
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
  /** Of a connection that has not been answered: neither this side nor the server goes on with its statement. */
  giveUp(connection: Connection): void;
  close(): Promise<void>;
}

/** How statements are sent; the baseline as text, one after another. */
export interface Sending {
  /** Null: as text. */
  prepare?: Prepare | null;
  runAll?: RunAll;
  /** Each statement outside transactions takes a connection for itself. */
  spread?: boolean;
}

export function createDatabase(
  source: ConnectionSource,
  limits: DatabaseLimits,
  { prepare = null, runAll = oneAfterAnother, spread = false }: Sending = {},
  random: () => number = Math.random,
): Database {
  const acquire = (timeoutMs = limits.deadlineMs) =>
    source.acquire(timeoutMs).catch((error: unknown) => {
      throw asProblem(error);
    });
  async function useUntil<Result>(
    endsAtMs: number,
    runAll: RunAll,
    work: (session: ConnectionSession) => Promise<Result>,
  ): Promise<Result> {
    const connection = await acquire(Math.max(1, endsAtMs - performance.now()));
    const session = new ConnectionSession(connection, {
      queryTimeoutMs: limits.queryTimeoutMs,
      endsAtMs,
      prepare,
      runAll,
    });
    try {
      return await work(session);
    } finally {
      // Another statement would wait behind the one that has not been answered.
      if (session.unanswered) source.giveUp(connection);
      else if (session.broken) connection.destroy();
      else await source.release(connection);
    }
  }
  const fromNow = () => performance.now() + limits.deadlineMs;
  return {
    use(work) {
      const endsAtMs = fromNow();
      if (!spread) return useUntil(endsAtMs, runAll, work);
      return work(new SpreadSession((statement) => useUntil(endsAtMs, oneAfterAnother, statement), runAll));
    },
    transaction: (work) =>
      useUntil(fromNow(), oneAfterAnother, (session) => untilNobodyIsInTheWay(session, work, random)),
    locked: (name, work) =>
      useUntil(fromNow(), oneAfterAnother, (session) => holdingLock(session, name, work)),
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

const lockWaitSeconds = 5;

/** The server keeps a lock for the connection that took it, so all of the work is done over that one. */
async function holdingLock<Result>(
  session: ConnectionSession,
  name: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const [row] = await session.rows<{ locked: number | null }>('select get_lock(?, ?) as locked', [
    name,
    lockWaitSeconds,
  ]);
  if (Number(row?.locked) !== 1) throw unavailable('Somebody else does this at this moment; try again.');
  try {
    return await work(session);
  } finally {
    // Given back while it holds the lock, the connection would keep everybody else out; the server frees it with the connection.
    await session.rows('select release_lock(?)', [name]).catch(() => {
      session.broken = true;
    });
  }
}

async function* streamed<Row>(
  from: { acquire(): Promise<Connection>; source: ConnectionSource; timeoutMs: number },
  sql: string,
  values: readonly unknown[],
): AsyncGenerator<Row[], void, undefined> {
  const connection = await from.acquire();
  let whole = false;
  try {
    yield* rowGroups<Row>(connection, { sql, values, timeoutMs: from.timeoutMs });
    whole = true;
  } finally {
    if (whole) {
      await from.source.release(connection);
    } else {
      // The rest of the answer is still on its way, or still being looked for.
      cutOff(connection);
      from.source.giveUp(connection);
    }
  }
}
