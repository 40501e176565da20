import { z } from 'zod';
import type { Database } from '../db/database.ts';
import { leaveInOutbox } from '../jobs/outbox.ts';
import { Problem } from '../problem.ts';
import { monthlySchema } from './monthly.ts';

export const reportStateSchema = z.strictObject({
  id: z.int().min(1),
  month: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed']),
});
export const reportSchema = reportStateSchema.extend({
  /** Null until it is done. */
  report: monthlySchema.nullable(),
});
export type Report = z.output<typeof reportSchema>;

export function orderReport(
  database: Database,
  customerId: number,
  month: string,
): Promise<{ id: number; outboxId: number }> {
  return database.transaction(async (session) => {
    const id = await session.insert(
      `insert into reports (customer_id, month, state, created_at) values (?, ?, 'queued', utc_timestamp(3))`,
      [customerId, month],
    );
    return { id, outboxId: await leaveInOutbox(session, 'report', { reportId: id }) };
  });
}

export async function readReport(database: Database, id: number): Promise<Report> {
  const [row] = await database.use((session) =>
    session.rows<{ id: number; month: string; state: Report['state']; content: string | null }>(
      'select id, month, state, content from reports where id = ?',
      [id],
    ),
  );
  if (row === undefined) throw new Problem(404, 'Not found', `There is no report ${id}.`);
  const { content, ...rest } = row;
  return { ...rest, report: content === null ? null : JSON.parse(content) };
}
