import { z } from 'zod';
import { InputRefused, type JobDeps } from './job.ts';
import { outboxRow } from './outbox.ts';

const payloadSchema = z.strictObject({ tags: z.array(z.string().min(1)).min(1) });

/** Tells the caches of a change; for whoever could not, because the shared cache was away or the process ended. */
export async function invalidate({ database, invalidations }: JobDeps, outboxId: number): Promise<void> {
  const row = await database.use((session) => outboxRow(session, outboxId));
  // Whoever left it has told everybody meanwhile.
  if (row === null) return;
  const payload = payloadSchema.safeParse(row.payload);
  if (!payload.success) throw new InputRefused(`Row ${outboxId} of the outbox names no tags.`);
  const told = await invalidations.tell(payload.data.tags);
  if (!told) throw new Error(`The shared cache could not be told of row ${outboxId} of the outbox.`);
}
