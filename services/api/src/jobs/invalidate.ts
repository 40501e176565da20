import { z } from 'zod';
import type { Session } from '../db/database.ts';
import { InputRefused, type JobDeps } from './job.ts';
import { outboxRow } from './outbox.ts';

const payloadSchema = z.strictObject({ tags: z.array(z.string().min(1)).min(1) });

/**
 * Tells the caches of a change; for whoever could not, because the shared cache was away or the process ended. Once nothing of
 * before can be held any more, nobody needs to be told.
 */
export async function invalidate({ database, invalidations, log }: JobDeps, outboxId: number): Promise<void> {
  const row = await database.use((session) => outboxRow(session, outboxId));
  // Whoever left it has told everybody meanwhile.
  if (row === null) return;
  const payload = payloadSchema.safeParse(row.payload);
  if (!payload.success) throw new InputRefused(`Row ${outboxId} of the outbox names no tags.`);
  const told = await invalidations.tell(payload.data.tags);
  if (told) return;
  if (!(await database.use((session) => isOlder(session, outboxId, invalidations.heldAtMostMs)))) {
    throw new Error(`The shared cache could not be told of row ${outboxId} of the outbox.`);
  }
  log.debug({ outboxId }, 'the shared cache was not told of a change; what it held has ended by itself');
}

async function isOlder(session: Session, outboxId: number, ageMs: number): Promise<boolean> {
  const rows = await session.rows(
    'select id from outbox where id = ? and created_at < utc_timestamp(3) - interval ? microsecond',
    [outboxId, ageMs * 1000],
  );
  return rows.length > 0;
}
