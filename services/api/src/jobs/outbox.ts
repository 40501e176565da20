import { context, propagation } from '@opentelemetry/api';
import type { Session } from '../db/database.ts';
import type { JobKind } from './job.ts';

/**
 * The transactional outbox: what is to be done is a row of the same transaction as the reason for it, so that neither is there
 * without the other. `waiting`: nobody knows of it yet. `queued`: a queue in Redis has it, which may forget. `done`, `failed`: ended.
 */
export type OutboxState = 'waiting' | 'queued' | 'done' | 'failed';

export interface OutboxRow {
  id: number;
  kind: JobKind;
  payload: unknown;
  state: OutboxState;
  /** W3C trace context of the request that left it here; null where that one was not traced. */
  traceparent: string | null;
  /** Milliseconds since 1970, as the database counts them. */
  createdMs: number;
}

const maxReasonLength = 500;

/** To be called inside the transaction that makes it necessary; the id of the row is the id of the job. */
export function leaveInOutbox(session: Session, kind: JobKind, payload: unknown): Promise<number> {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return session.insert(
    `insert into outbox (kind, payload, state, traceparent, created_at)
     values (?, ?, 'waiting', ?, utc_timestamp(3))`,
    [kind, JSON.stringify(payload), carrier.traceparent ?? null],
  );
}

export async function outboxRow(session: Session, id: number): Promise<OutboxRow | null> {
  const [row] = await session.rows<StoredRow>(`select ${columns} from outbox where id = ?`, [id]);
  return row === undefined ? null : decoded(row);
}

/** The oldest that wait and are of these kinds, or that have waited for so long that nobody else can be at them. */
export async function waitingRows(
  session: Session,
  { kinds, orForMs, limit }: { kinds: readonly JobKind[]; orForMs: number; limit: number },
): Promise<OutboxRow[]> {
  const rows = await session.rows<StoredRow>(
    `select ${columns} from outbox
     where state = 'waiting' and (kind in (?) or created_at < utc_timestamp(3) - interval ? microsecond)
     order by id limit ?`,
    [kinds, orForMs * 1000, limit],
  );
  return rows.map(decoded);
}

/** The oldest of one kind that have waited for so long. */
export async function abandonedRows(
  session: Session,
  { kind, forMs, limit }: { kind: JobKind; forMs: number; limit: number },
): Promise<OutboxRow[]> {
  const rows = await session.rows<StoredRow>(
    `select ${columns} from outbox
     where state = 'waiting' and kind = ? and created_at <= utc_timestamp(3) - interval ? microsecond
     order by id limit ?`,
    [kind, forMs * 1000, limit],
  );
  return rows.map(decoded);
}

/** What the queues have been given and nobody has ended, in the order in which it came. */
export async function queuedRows(
  session: Session,
  { afterId, limit }: { afterId: number; limit: number },
): Promise<OutboxRow[]> {
  const rows = await session.rows<StoredRow>(
    `select ${columns} from outbox where state = 'queued' and id > ? order by id limit ?`,
    [afterId, limit],
  );
  return rows.map(decoded);
}

/** Rows that have ended meanwhile stay what they are. */
export function markQueued(session: Session, ids: readonly number[]): Promise<number> {
  return session.change(`update outbox set state = 'queued' where id in (?) and state = 'waiting'`, [ids]);
}

export function markDone(session: Session, id: number): Promise<number> {
  return session.change(`update outbox set state = 'done', reason = null where id = ?`, [id]);
}

/** Work that has been done before anybody was given it. */
export function removeRows(session: Session, ids: readonly number[]): Promise<number> {
  return session.change('delete from outbox where id in (?)', [ids]);
}

/** A dead letter: the input is in the row, and why it could not be done is here. */
export function markFailed(session: Session, id: number, reason: string): Promise<number> {
  return session.change(`update outbox set state = 'failed', reason = ? where id = ? and state <> 'done'`, [
    reason.slice(0, maxReasonLength),
    id,
  ]);
}

const columns = `id, kind, payload, state, traceparent,
  timestampdiff(microsecond, '1970-01-01', created_at) div 1000 createdMs`;
interface StoredRow extends Omit<OutboxRow, 'payload'> {
  payload: string;
}

function decoded(row: StoredRow): OutboxRow {
  return { ...row, payload: JSON.parse(row.payload), createdMs: Number(row.createdMs) };
}
