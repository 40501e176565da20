import type { Database, Session } from '../db/database.ts';
import type { ProductInput } from './productRow.ts';

/** A product as an import leaves it. */
export interface ProductWrite {
  id: number;
  categoryId: number;
  input: ProductInput;
  words: WordChange;
  at: Date;
}

/** How the words of a product's texts differ from those that are kept of it. */
export interface WordChange {
  gone: readonly string[];
  added: readonly string[];
}

/** What the rows of a file have in common. */
export interface Shape {
  /** Columns that an existing product keeps, because the file has them not. */
  kept: ReadonlySet<string>;
}

/** Writes rows and notes, through `advance`, that they are written; what was written before is written again without harm. */
export type WriteRows = (
  database: Database,
  writes: readonly ProductWrite[],
  shape: Shape,
  advance: (session: Session) => Promise<void>,
) => Promise<void>;

/** Baseline: each row is a statement and a commit of its own. */
export async function writeRowByRow(
  database: Database,
  writes: readonly ProductWrite[],
  shape: Shape,
  advance: (session: Session) => Promise<void>,
): Promise<void> {
  const sql = upsertStatement(shape, 'one');
  const atOnce = 200;
  for (let from = 0; from < writes.length; from += atOnce) {
    await database.use((session) => writeEach(session, sql, writes.slice(from, from + atOnce)));
  }
  await database.transaction(advance);
}

async function writeEach(session: Session, sql: string, writes: readonly ProductWrite[]): Promise<void> {
  for (const write of writes) {
    // First: whoever goes on here after a fault must still see by the product that its words are to be written.
    await writeWords(session, [write]);
    await session.change(sql, valuesOf(write));
  }
}

const columns = [
  'id',
  'category_id',
  'sku',
  'name',
  'summary',
  'description',
  'specification',
  'price_cents',
  'currency',
  'stock',
  'status',
  'image_url',
  'weight_grams',
  'created_at',
  'updated_at',
  'changed_at',
] as const;
const updated = columns.filter(
  (name) => !['id', 'sku', 'currency', 'status', 'image_url', 'created_at', 'changed_at'].includes(name),
);

/** The id decides whether a product is new. For one row its values stand in the statement, for many they are sent as a list of rows. */
export function upsertStatement({ kept }: Shape, rows: 'one' | 'many'): string {
  const places = rows === 'one' ? `(${columns.map(() => '?').join(', ')})` : '?';
  const changes = updated.filter((name) => !kept.has(name)).map((name) => `${name} = values(${name})`);
  return `insert into products (${columns.join(', ')}) values ${places} on duplicate key update ${changes.join(', ')}, changed_at = utc_timestamp()`;
}

export function valuesOf({ id, categoryId, input, at }: ProductWrite): unknown[] {
  return [
    id,
    categoryId,
    input.sku,
    input.name,
    input.summary,
    input.description,
    input.specification,
    input.price_cents,
    'EUR',
    input.stock,
    'active',
    `/images/products/${id}.webp`,
    input.weight_grams,
    at,
    at,
    at,
  ];
}

/** Equal words of different spelling (accents) are one for the database. */
export async function writeWords(session: Session, writes: readonly ProductWrite[]): Promise<void> {
  const changes = [...Map.groupBy(writes, ({ id }) => id)].map(([id, same]) => ({
    id,
    ...together(same.map(({ words }) => words)),
  }));
  for (const { id, gone } of changes) {
    if (gone.length === 0) continue;
    await session.change('delete from product_words where product_id = ? and word in (?)', [id, gone]);
  }
  const rows = changes.flatMap(({ id, added }) => added.map((word) => [word, id]));
  const most = 2000;
  for (let from = 0; from < rows.length; from += most) {
    await session.change('insert ignore into product_words (word, product_id) values ?', [
      rows.slice(from, from + most),
    ]);
  }
}

/** Changes one after the other, as one. */
function together(changes: readonly WordChange[]): WordChange {
  const gone = new Set<string>();
  const added = new Set<string>();
  for (const change of changes) {
    for (const word of change.gone) {
      added.delete(word);
      gone.add(word);
    }
    for (const word of change.added) {
      gone.delete(word);
      added.add(word);
    }
  }
  return { gone: [...gone], added: [...added] };
}
