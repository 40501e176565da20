import { pipeline, Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import { catalogueTag, productTag } from '../cache/tags.ts';
import type { Database, Session } from '../db/database.ts';
import { importFile, type RowProblem, renewIds, takeTurns } from '../imports/imports.ts';
import { type ProductInput, readHeader, readRow, wordsOf } from '../imports/productRow.ts';
import type { ProductWrite, Shape, WordChange, WriteRows } from '../imports/writeRows.ts';
import type { Invalidation } from './invalidations.ts';
import { InputRefused, type Job, type JobDeps, JobHeld, JobInterrupted } from './job.ts';
import { giveUpLease, leaseLost, takeLease } from './lease.ts';
import { outboxRow } from './outbox.ts';

const payloadSchema = z.strictObject({ importId: z.int() });
const chunkRows = 1000;
/** Three bytes each, and escaped, they stay below the 16 MiB that MariaDB takes as one statement. */
const chunkCharacters = 2_000_000;
const keptProblems = 100;
/** Two texts of 16,000 characters: those of the first, and up to three bytes for each of the second. */
const maxRowBytes = 70_000;
const pollMs = 50;

/**
 * Writes the products of a file: those whose sku is known are changed, the others are new. How far it is stands in the
 * database after every 1,000 rows at the latest, so that it can be ended at any time and goes on there.
 */
export function importProducts(writeRows: WriteRows): Job {
  return async function importFileOf(deps, outboxId) {
    const { database } = deps;
    const row = await database.use((session) => outboxRow(session, outboxId));
    const payload = payloadSchema.safeParse(row?.payload);
    if (!payload.success) throw new InputRefused(`Row ${outboxId} of the outbox names no import.`);
    const { importId } = payload.data;
    if (!(await takeTurn(deps, importId))) return;
    try {
      await importRows(deps, importId, writeRows);
    } catch (error) {
      const refused =
        error instanceof CsvError ? new InputRefused(`The file is no CSV: ${error.message}`) : error;
      // What was written in front of the fault may belong into any list.
      const tags = [catalogueTag];
      const end = (session: Session) =>
        refused instanceof InputRefused
          ? fail(session, importId, deps, refused.message)
          : giveUpLease(session, 'imports', importId, deps);
      // Where it cannot be given up, the lease ends by itself.
      await deps.invalidations.transaction(tags, end).catch(() => deps.invalidations.tell(tags));
      throw refused;
    }
  };
}

/** One import at a time: two that bring the same new product would both add it. */
async function takeTurn(deps: JobDeps, importId: number): Promise<boolean> {
  for (;;) {
    const taken = await deps.database.transaction(async (session) => {
      await takeTurns(session);
      const [other] = await session.rows(
        `select id from imports where state = 'running' and id <> ? and until > utc_timestamp(3) limit 1`,
        [importId],
      );
      if (other !== undefined) return 'wait';
      await renewIds(session, importId);
      return takeLease(session, 'imports', importId, deps);
    });
    if (taken !== 'wait') return taken;
    if (deps.signal.aborted) throw new JobInterrupted();
    if (!deps.waitsForTurn) throw new JobHeld(`Import ${importId} waits for the one that is under way.`);
    await delay(pollMs);
  }
}

interface Progress {
  done: number;
  refused: number;
  problems: RowProblem[];
}

async function importRows(deps: JobDeps, importId: number, writeRows: WriteRows): Promise<void> {
  const { database, invalidations, signal } = deps;
  const { progress, firstProductId, at } = await begin(database, importId);
  const categories = await database.use(categoryIds);
  const products = await knownProducts(database);
  const rows = rowsOf(importFile(database, importId));
  let header: ReturnType<typeof readHeader> | null = null;
  let shape: Shape = { kept: new Set() };
  let rowNo = 0;
  let chunk: ProductWrite[] = [];
  let characters = 0;
  const startAfter = progress.done + progress.refused;
  const write = async () => {
    const writes = chunk;
    chunk = [];
    characters = 0;
    const tags = writes.map(({ id }) => productTag(id));
    let invalidation: Invalidation = { tags, outboxId: null };
    await writeRows(database, writes, shape, async (session) => {
      await advance(session, importId, deps, progress);
      invalidation = await invalidations.leave(session, tags);
    });
    await invalidations.carryOut(invalidation);
    if (signal.aborted) throw new JobInterrupted();
  };
  for await (const cells of rows) {
    if (header === null) {
      header = readHeader(cells);
      shape = { kept: new Set(['description', 'specification'].filter((name) => !cells.includes(name))) };
      continue;
    }
    rowNo += 1;
    if (rowNo <= startAfter) continue;
    const input = readRow(header, cells, categories);
    if (typeof input === 'string') {
      progress.refused += 1;
      if (progress.problems.length < keptProblems) progress.problems.push({ row: rowNo, message: input });
    } else {
      progress.done += 1;
      const known = products.get(input.sku);
      const id = known?.id ?? firstProductId + rowNo - 1;
      const words = changedWords(known, input);
      products.set(input.sku, { id, name: input.name, summary: input.summary });
      chunk.push({ id, categoryId: categories.get(input.category) ?? 0, input, words, at });
      characters += input.description.length + input.specification.length;
    }
    if ((rowNo - startAfter) % chunkRows === 0 || characters >= chunkCharacters) await write();
  }
  if (header === null) throw new InputRefused('The file has no line of column names.');
  await write();
  await invalidations.transaction([catalogueTag], (session) => finish(session, importId, deps));
}

/** What fails in front of the parser fails here, and whoever stops reading stops the file. */
function rowsOf(file: AsyncIterable<Buffer>): AsyncIterable<string[]> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRowBytes,
    // As they were counted when the file came: each row has an id of its own.
    record_delimiter: ['\n', '\r\n'],
  });
  return pipeline(Readable.from(file, { objectMode: false }), parser, () => {});
}

interface KnownProduct {
  id: number;
  name: string;
  summary: string;
}

function changedWords(known: KnownProduct | undefined, input: ProductInput): WordChange {
  if (known?.name === input.name && known.summary === input.summary) return { gone: [], added: [] };
  // All of them, because words that differ here may be one for the database.
  return {
    gone: known === undefined ? [] : wordsOf(known.name, known.summary),
    added: wordsOf(input.name, input.summary),
  };
}

async function begin(
  database: Database,
  importId: number,
): Promise<{ progress: Progress; firstProductId: number; at: Date }> {
  const [row] = await database.use((session) =>
    session.rows<{
      rows_done: number;
      rows_refused: number;
      problems: string | null;
      first_product_id: number;
      created_at: Date;
    }>('select rows_done, rows_refused, problems, first_product_id, created_at from imports where id = ?', [
      importId,
    ]),
  );
  if (row === undefined) throw new InputRefused(`There is no import ${importId}.`);
  const problems: RowProblem[] = row.problems === null ? [] : JSON.parse(row.problems);
  return {
    // That it was given up before is no problem of its rows.
    progress: {
      done: row.rows_done,
      refused: row.rows_refused,
      problems: problems.filter(({ row }) => row > 0),
    },
    firstProductId: row.first_product_id,
    at: row.created_at,
  };
}

async function categoryIds(session: Session): Promise<Map<string, number>> {
  const rows = await session.rows<{ id: number; slug: string }>('select id, slug from categories');
  return new Map(rows.map(({ id, slug }) => [slug, id]));
}

/** Read once: without an index a look-up for each row would read the table as often as the file has rows. */
async function knownProducts(database: Database): Promise<Map<string, KnownProduct>> {
  const products = new Map<string, KnownProduct>();
  const rows = database.stream<KnownProduct & { sku: string }>('select id, sku, name, summary from products');
  for await (const group of rows) {
    for (const { sku, ...product } of group) products.set(sku, product);
  }
  return products;
}

async function advance(
  session: Session,
  importId: number,
  { owner, leaseMs }: JobDeps,
  { done, refused, problems }: Progress,
): Promise<void> {
  const changed = await session.change(
    `update imports set rows_done = ?, rows_refused = ?, problems = ?, until = utc_timestamp(3) + interval ? microsecond
     where id = ? and owner = ? and state = 'running'`,
    [done, refused, JSON.stringify(problems), leaseMs * 1000, importId, owner],
  );
  if (changed !== 1) throw leaseLost('imports', importId);
}

async function finish(session: Session, importId: number, { owner }: JobDeps): Promise<void> {
  await countProducts(session);
  await session.change('delete from import_parts where import_id = ?', [importId]);
  const changed = await session.change(
    `update imports set state = 'done', finished_at = utc_timestamp(3), owner = null, until = null
     where id = ? and owner = ? and state = 'running'`,
    [importId, owner],
  );
  if (changed !== 1) throw leaseLost('imports', importId);
}

export async function countProducts(session: Session): Promise<void> {
  // Locked before they are counted: of two who count, the later one counts what the earlier one has written.
  const kept = await session.rows<{ category_id: number; products: number }>(
    'select category_id, products from category_counts for update',
  );
  const counted = await session.rows<{ category_id: number; products: number }>(
    'select category_id, count(*) as products from products group by category_id',
  );
  const products = new Map(counted.map((row) => [row.category_id, row.products]));
  for (const row of kept) {
    const now = products.get(row.category_id) ?? 0;
    if (now === row.products) continue;
    await session.change('update category_counts set products = ? where category_id = ?', [
      now,
      row.category_id,
    ]);
  }
}

async function fail(session: Session, importId: number, { owner }: JobDeps, message: string): Promise<void> {
  // The rows in front of the one that ended it are written.
  await countProducts(session);
  await session.change(
    `update imports set state = 'failed', problems = ?, finished_at = utc_timestamp(3), owner = null, until = null
     where id = ? and owner = ? and state = 'running'`,
    [JSON.stringify([{ row: 0, message }]), importId, owner],
  );
  await session.change('delete from import_parts where import_id = ?', [importId]);
}
