import { z } from 'zod';
import { InputRefused, type JobDeps } from './job.ts';
import { outboxRow } from './outbox.ts';

const payloadSchema = z.strictObject({ tags: z.array(z.string().min(1)).min(1) });

/** Tells the caches of a change; for whoever could not, because the shared cache was away or the process ended. */
export async function invalidate({ database, changes }: JobDeps, outboxId: number): Promise<void> {
  const row = await database.use((session) => outboxRow(session, outboxId));
  const payload = payloadSchema.safeParse(row?.payload);
  if (!payload.success) throw new InputRefused(`Row ${outboxId} of the outbox names no tags.`);
  await changes.publish({ kind: 'changed-here', tags: payload.data.tags });
}
