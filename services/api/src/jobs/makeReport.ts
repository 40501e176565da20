import { z } from 'zod';
import type { Session } from '../db/database.ts';
import { readMonthly } from '../reports/monthly.ts';
import { InputRefused, type JobDeps } from './job.ts';
import { giveUpLease, leaseLost, takeLease } from './lease.ts';
import { outboxRow } from './outbox.ts';

const payloadSchema = z.strictObject({ reportId: z.int() });

/** The report appears whole, with its state, in one statement; made twice, it is the same row. */
export async function makeReport(deps: JobDeps, outboxId: number): Promise<void> {
  const { database } = deps;
  const row = await database.use((session) => outboxRow(session, outboxId));
  const payload = payloadSchema.safeParse(row?.payload);
  if (!payload.success) throw new InputRefused(`Row ${outboxId} of the outbox names no report.`);
  const { reportId } = payload.data;
  if (!(await database.use((session) => takeLease(session, 'reports', reportId, deps)))) return;
  try {
    const content = await database.use(async (session) =>
      readMonthly(session, await monthOf(session, reportId)),
    );
    await database.use((session) => keep(session, reportId, deps, JSON.stringify(content)));
  } catch (error) {
    // Where that fails too, the lease ends by itself.
    await database.use((session) => giveUpLease(session, 'reports', reportId, deps)).catch(() => {});
    throw error;
  }
}

async function monthOf(session: Session, id: number): Promise<string> {
  const [report] = await session.rows<{ month: string }>('select month from reports where id = ?', [id]);
  if (report === undefined) throw new InputRefused(`There is no report ${id}.`);
  return report.month;
}

async function keep(session: Session, id: number, { owner }: JobDeps, content: string): Promise<void> {
  const changed = await session.change(
    `update reports set content = ?, state = 'done', finished_at = utc_timestamp(3), owner = null, until = null
     where id = ? and owner = ? and state = 'running'`,
    [content, id, owner],
  );
  if (changed !== 1) throw leaseLost('reports', id);
}
