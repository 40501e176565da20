import { z } from 'zod';
import { catalogueTag } from '../cache/tags.ts';
import type { Session } from '../db/database.ts';
import type { RowProblem } from '../imports/imports.ts';
import { countProducts } from './importProducts.ts';
import { leaveInOutbox, markFailed, outboxRow } from './outbox.ts';

const importSchema = z.object({ importId: z.int() });
const reportSchema = z.object({ reportId: z.int() });

/** A job that nobody will try again: who asks for its outcome is told so, and the outbox keeps the reason. */
export async function giveUp(session: Session, outboxId: number, reason: string): Promise<void> {
  const row = await outboxRow(session, outboxId);
  if (row === null) return;
  await markFailed(session, outboxId, reason);
  switch (row.kind) {
    case 'import': {
      const { data } = importSchema.safeParse(row.payload);
      if (data !== undefined) await failImport(session, data.importId);
      break;
    }
    case 'report': {
      const { data } = reportSchema.safeParse(row.payload);
      if (data !== undefined) await failReport(session, data.reportId);
      break;
    }
    case 'email':
    case 'invalidation':
      break;
    default:
      row.kind satisfies never;
  }
}

/** The reason may name what is inside of us: it stays in the outbox. */
async function failImport(session: Session, id: number): Promise<void> {
  // What it has written is there.
  await countProducts(session);
  const [row] = await session.rows<{ problems: string | null }>('select problems from imports where id = ?', [
    id,
  ]);
  const known: RowProblem[] = JSON.parse(row?.problems ?? '[]');
  const problems: RowProblem[] = [
    { row: 0, message: 'The import could not go on, and was given up; import the file again.' },
    // Given up before and tried again, it has been told so already.
    ...known.filter(({ row }) => row > 0),
  ];
  const changed = await session.change(
    `update imports set state = 'failed', problems = ?, finished_at = utc_timestamp(3), owner = null, until = null
     where id = ? and state in ('queued', 'running')`,
    [JSON.stringify(problems), id],
  );
  // As after an import that ends: lists and counts show what it has written.
  if (changed > 0) await leaveInOutbox(session, 'invalidation', { tags: [catalogueTag] });
}

async function failReport(session: Session, id: number): Promise<void> {
  await session.change(
    `update reports set state = 'failed', finished_at = utc_timestamp(3), owner = null, until = null
     where id = ? and state in ('queued', 'running')`,
    [id],
  );
}
