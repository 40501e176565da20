import { z } from 'zod';
import type { Database, Session } from '../db/database.ts';
import { leaveInOutbox } from '../jobs/outbox.ts';
import { Problem } from '../problem.ts';

export const importSchema = z.strictObject({
  id: z.int().min(1),
  state: z.enum(['receiving', 'queued', 'running', 'done', 'failed']),
  rowsDone: z.int().min(0),
  rowsRefused: z.int().min(0),
  /** The first ones; row 0 is the file as a whole. */
  problems: z.array(z.strictObject({ row: z.int().min(0), message: z.string() })),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type Import = z.output<typeof importSchema>;
export type RowProblem = Import['problems'][number];

export const maxImportBytes = 32 * 1024 * 1024;
const maxRows = 200_000;
/** Of the file, as it is kept until the import is done. */
const partBytes = 512 * 1024;

/** Keeps the file while it arrives, then puts the job for it into the outbox. */
export async function receiveImport(
  database: Database,
  customerId: number,
  file: AsyncIterable<Buffer>,
): Promise<{ id: number; outboxId: number }> {
  const id = await database.use((session) =>
    session.insert(
      `insert into imports (customer_id, state, row_count, first_product_id, created_at) values (?, 'receiving', 0, 0, utc_timestamp(3))`,
      [customerId],
    ),
  );
  try {
    const rows = await keepParts(database, id, file);
    const outboxId = await database.transaction((session) => submit(session, id, rows));
    return { id, outboxId };
  } catch (error) {
    await database.use((session) => forget(session, id)).catch(() => {});
    throw error;
  }
}

async function keepParts(database: Database, id: number, file: AsyncIterable<Buffer>): Promise<number> {
  let partNo = 0;
  let lines = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const keep = async () => {
    const content = Buffer.concat(held);
    held = [];
    heldBytes = 0;
    await database.use((session) =>
      session.change('insert into import_parts (import_id, part_no, content) values (?, ?, ?)', [
        id,
        partNo,
        content,
      ]),
    );
    partNo += 1;
  };
  for await (const chunk of file) {
    lines += linesIn(chunk);
    if (lines > maxRows + 1) {
      throw new Problem(
        413,
        'Content too large',
        `At most ${maxRows} rows are imported at once; send the rest after them.`,
      );
    }
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes >= partBytes) await keep();
  }
  if (heldBytes > 0) await keep();
  if (partNo === 0) {
    throw new Problem(400, 'Bad request', 'The file is empty; send CSV with a line of column names.', {
      errors: [{ in: 'body', parameter: '', message: 'is empty' }],
    });
  }
  return lines + 1;
}

function linesIn(chunk: Buffer): number {
  let lines = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
  return lines;
}

/** Each row has an id of its own from now on, should it be a new product: written twice, it is still one product. */
async function submit(session: Session, id: number, rows: number): Promise<number> {
  await takeTurns(session);
  await session.change(
    `update imports set state = 'queued', row_count = ?, first_product_id = ? where id = ?`,
    [rows, await firstFreeId(session), id],
  );
  return leaveInOutbox(session, 'import', { importId: id });
}

async function firstFreeId(session: Session): Promise<number> {
  const [held] = await session.rows<{ last: number | string | null }>(
    `select max(first_product_id + row_count) as last from imports where state in ('queued', 'running')`,
  );
  const [products] = await session.rows<{ last: number | null }>('select max(id) as last from products');
  return Math.max(Number(held?.last ?? 0), Number(products?.last ?? 0)) + 1;
}

/** One that was given up and is tried again: its ids may be another's by now. Those of rows that it has written stay. */
export async function renewIds(session: Session, id: number): Promise<void> {
  const [failed] = await session.rows(`select id from imports where id = ? and state = 'failed'`, [id]);
  if (failed === undefined) return;
  await session.change('update imports set first_product_id = ? where id = ?', [
    await firstFreeId(session),
    id,
  ]);
}

/** The oldest import's row stands for all of them: whoever decides about imports in a transaction holds it. */
export async function takeTurns(session: Session): Promise<void> {
  await session.rows('select id from imports order by id limit 1 for update');
}

async function forget(session: Session, id: number): Promise<void> {
  await session.change('delete from import_parts where import_id = ?', [id]);
  await session.change(`delete from imports where id = ? and state = 'receiving'`, [id]);
}

/** The file again, part by part; nothing where the import has ended. */
export async function* importFile(database: Database, id: number): AsyncGenerator<Buffer, void, undefined> {
  for (let partNo = 0; ; partNo += 1) {
    const [part] = await database.use((session) =>
      session.rows<{ content: Buffer }>(
        'select content from import_parts where import_id = ? and part_no = ?',
        [id, partNo],
      ),
    );
    if (part === undefined) return;
    yield part.content;
  }
}

export async function readImport(database: Database, id: number): Promise<Import> {
  const [row] = await database.use((session) =>
    session.rows<{
      id: number;
      state: Import['state'];
      rows_done: number;
      rows_refused: number;
      problems: string | null;
      created_at: Date;
      finished_at: Date | null;
    }>(
      'select id, state, rows_done, rows_refused, problems, created_at, finished_at from imports where id = ?',
      [id],
    ),
  );
  if (row === undefined) throw new Problem(404, 'Not found', `There is no import ${id}.`);
  return {
    id: row.id,
    state: row.state,
    rowsDone: row.rows_done,
    rowsRefused: row.rows_refused,
    problems: row.problems === null ? [] : JSON.parse(row.problems),
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}
