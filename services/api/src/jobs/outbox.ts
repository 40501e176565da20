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

/** The oldest rows after `afterId` that are in this state. */
export async function outboxRows(
  session: Session,
  state: OutboxState,
  { afterId = 0, limit }: { afterId?: number; limit: number },
): Promise<OutboxRow[]> {
  const rows = await session.rows<StoredRow>(
    `select ${columns} from outbox where state = ? and id > ? order by id limit ?`,
    [state, afterId, limit],
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

/** A dead letter: the input is in the row, and why it could not be done is here. */
export function markFailed(session: Session, id: number, reason: string): Promise<number> {
  return session.change(`update outbox set state = 'failed', reason = ? where id = ? and state <> 'done'`, [
    reason.slice(0, maxReasonLength),
    id,
  ]);
}

const columns = 'id, kind, payload, state, traceparent';
interface StoredRow extends Omit<OutboxRow, 'payload'> {
  payload: string;
}

function decoded(row: StoredRow): OutboxRow {
  return { ...row, payload: JSON.parse(row.payload) };
}
