import type { Database, Session } from '../db/database.ts';
import type { WorkTableName } from '../db/workTables.ts';

/** Which rows of a table nobody needs any more. */
interface Rule {
  table: WorkTableName;
  /** The columns of its primary key. */
  key: readonly [string, ...string[]];
  gone: string;
}

/** An order sent again with its key is the same order for so long. */
export const keyDays = 7;
/** What has ended (e-mails, imports, reports, dead letters) can be looked at for so long. */
const endedDays = 30;

const olderThan = (amount: string) => `created_at < utc_timestamp(3) - interval ${amount}`;

const rules: readonly Rule[] = [
  { table: 'sessions', key: ['id'], gone: 'expires_at < utc_timestamp(3)' },
  { table: 'refresh_tokens', key: ['id'], gone: 'expires_at < utc_timestamp(3)' },
  { table: 'idempotency_keys', key: ['customer_id', 'idempotency_key'], gone: olderThan(`${keyDays} day`) },
  {
    table: 'outbox',
    key: ['id'],
    gone: `state = 'done' and ${olderThan('1 day')} or state = 'failed' and ${olderThan(`${endedDays} day`)}`,
  },
  {
    table: 'emails',
    key: ['id'],
    // One that was given up can be tried again as long as its dead letter is there.
    gone: `${olderThan(`${endedDays} day`)} and (state in ('sent', 'failed', 'unknown')
      or not exists (select 1 from outbox where outbox.id = emails.id))`,
  },
  {
    table: 'reports',
    key: ['id'],
    gone: `state in ('done', 'failed') and ${olderThan(`${endedDays} day`)}`,
  },
  {
    table: 'imports',
    key: ['id'],
    // Files whose receiver died over them: no request lasts as long as an hour.
    gone: `state in ('done', 'failed') and ${olderThan(`${endedDays} day`)} or state = 'receiving' and ${olderThan('1 hour')}`,
  },
  // Behind the imports, so that what a pass leaves over when it dies is found by the next.
  {
    table: 'import_parts',
    key: ['import_id', 'part_no'],
    gone: 'not exists (select 1 from imports where imports.id = import_parts.import_id)',
  },
];

const sliceRows = 500;
/** Shorter than another process waits for the lock. */
const passMs = 3000;

type Key = readonly unknown[];
type Row = Readonly<Record<string, unknown>> & { gone: unknown };

/**
 * Removes rows that nobody needs any more. Most of these tables have no index on their times, which each write would pay for:
 * they are walked by their primary key, reading without locks, and what has to go is deleted by its key. A pass ends after a
 * moment, and the next one goes on there.
 */
export class Pruning {
  readonly #database: Database;
  readonly #lock: string;
  #at = 0;
  #after: Key | null = null;

  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#lock = `${schema}:pruning`;
  }

  /** How many rows it has removed; one pass at a time, whichever process it is in. */
  pass(signal: AbortSignal): Promise<number> {
    const endsAtMs = performance.now() + passMs;
    return this.#database.locked(this.#lock, async (session) => {
      let removed = 0;
      for (let rule = rules[this.#at]; rule !== undefined; rule = rules[this.#at]) {
        const slice = await pruneSlice(session, rule, this.#after);
        removed += slice.removed;
        this.#after = slice.last;
        if (slice.last === null) this.#at += 1;
        if (signal.aborted || performance.now() > endsAtMs) return removed;
      }
      this.#at = 0;
      return removed;
    });
  }
}

/** Its last key; null where the table ends. */
async function pruneSlice(
  session: Session,
  { table, key, gone }: Rule,
  after: Key | null,
): Promise<{ removed: number; last: Key | null }> {
  const columns = key.join(', ');
  const where = after === null ? { sql: '', values: [] } : behind(key, after);
  const rows = await session.rows<Row>(
    `select ${columns}, (${gone}) as gone from ${table} ${where.sql} order by ${columns} limit ${sliceRows}`,
    where.values,
  );
  const keys = rows.filter((row) => Number(row.gone) === 1).map((row) => key.map((column) => row[column]));
  const last = rows.length < sliceRows ? undefined : rows.at(-1);
  return {
    removed: keys.length === 0 ? 0 : await remove(session, { table, key, gone }, keys),
    last: last === undefined ? null : key.map((column) => last[column]),
  };
}

/** Not as one comparison of rows, for which not every server uses the primary key. */
function behind(key: Rule['key'], after: Key): { sql: string; values: unknown[] } {
  const alternatives = key.map((column, index) =>
    [...key.slice(0, index).map((before) => `${before} = ?`), `${column} > ?`].join(' and '),
  );
  return {
    sql: `where ${alternatives.join(' or ')}`,
    values: key.flatMap((_, index) => after.slice(0, index + 1)),
  };
}

/** Looked at once more: a session may have been used since. */
function remove(session: Session, { table, key, gone }: Rule, keys: readonly Key[]): Promise<number> {
  const one = key.map((column) => `${column} = ?`).join(' and ');
  return session.change(
    `delete from ${table} where (${keys.map(() => one).join(' or ')}) and (${gone})`,
    keys.flat(),
  );
}
