import type { Session } from '../db/database.ts';
import { InputRefused, type JobDeps, JobHeld } from './job.ts';

/** Tables whose rows are worked on by one process at a time. */
type HeldTable = 'imports' | 'reports';

/** What was given up can be tried again by hand: a report always, an import as long as its file is kept. */
const mayBegin: Readonly<Record<HeldTable, string>> = {
  imports: `(state in ('queued', 'running') or state = 'failed' and exists (select 1 from import_parts where import_id = imports.id))`,
  reports: `state in ('queued', 'running', 'failed')`,
};

/** Takes a row to work on, also one whose holder has not been heard of for a lease; false where it has been done. */
export async function takeLease(
  session: Session,
  table: HeldTable,
  id: number,
  { owner, leaseMs }: JobDeps,
): Promise<boolean> {
  const changed = await session.change(
    `update ${table} set state = 'running', finished_at = null, owner = ?, until = utc_timestamp(3) + interval ? microsecond
     where id = ? and ${mayBegin[table]} and (until is null or until < utc_timestamp(3))`,
    [owner, leaseMs * 1000, id],
  );
  if (changed === 1) return true;
  const [row] = await session.rows<{ state: string }>(`select state from ${table} where id = ?`, [id]);
  switch (row?.state) {
    case 'done':
      return false;
    case 'queued':
    case 'running':
      throw new JobHeld(`Number ${id} of the ${table} is held by another process.`);
    case undefined:
      throw new InputRefused(`There is no number ${id} of the ${table}.`);
    default:
      throw new InputRefused(`Number ${id} of the ${table} is ${row?.state}.`);
  }
}

/** Whoever takes over need not wait; nothing where somebody has already. */
export async function giveUpLease(
  session: Session,
  table: HeldTable,
  id: number,
  { owner }: JobDeps,
): Promise<void> {
  await session.change(
    `update ${table} set owner = null, until = null where id = ? and owner = ? and state = 'running'`,
    [id, owner],
  );
}

/** To be thrown inside the transaction, so that nothing of it is kept. */
export function leaseLost(table: HeldTable, id: number): Error {
  return new Error(`Number ${id} of the ${table} was taken over by another process.`);
}
