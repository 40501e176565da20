import type { Database, Session } from '../db/database.ts';
import type { ProductInput } from './productRow.ts';

/** A product as an import leaves it. */
export interface ProductWrite {
  id: number;
  categoryId: number;
  input: ProductInput;
  /** The words of its texts, where they are not those that are already kept. */
  words: readonly string[] | null;
  /** Those of the texts before, where they are others; some may be among the new ones. */
  staleWords: readonly string[];
  at: Date;
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
  const sql = upsertStatement(shape, 1);
  await database.use(async (session) => {
    for (const write of writes) {
      // First: whoever goes on here after a fault must still see by the product that its words are to be written.
      await writeWords(session, [write]);
      await session.change(sql, valuesOf(write));
    }
    await advance(session);
  });
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
] as const;
const updated = columns.filter(
  (name) => !['id', 'sku', 'currency', 'status', 'image_url', 'created_at'].includes(name),
);

/** The id decides whether a product is new. */
export function upsertStatement({ kept }: Shape, rows: number): string {
  const places = Array.from({ length: rows }, () => `(${columns.map(() => '?').join(', ')})`).join(', ');
  const changes = updated.filter((name) => !kept.has(name)).map((name) => `${name} = values(${name})`);
  return `insert into products (${columns.join(', ')}) values ${places} on duplicate key update ${changes.join(', ')}`;
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
  ];
}

/** Equal words of different spelling (accents) are one for the database. */
export async function writeWords(session: Session, writes: readonly ProductWrite[]): Promise<void> {
  const changed = writes.filter(({ words }) => words !== null);
  if (changed.length === 0) return;
  await deleteStaleWords(session, changed);
  const rows = changed.flatMap(({ id, words }) => (words ?? []).map((word) => [word, id]));
  const most = 2000;
  for (let from = 0; from < rows.length; from += most) {
    const part = rows.slice(from, from + most);
    await session.change(
      `insert ignore into product_words (word, product_id) values ${part.map(() => '(?, ?)').join(', ')}`,
      part.flat(),
    );
  }
}

/** Word by word: the table is found in by its words only, and a statement that looks for products would lock all of it. */
async function deleteStaleWords(session: Session, writes: readonly ProductWrite[]): Promise<void> {
  const stale = writes.filter(({ staleWords }) => staleWords.length > 0);
  const most = 50;
  for (let from = 0; from < stale.length; from += most) {
    const part = stale.slice(from, from + most);
    await session.change(
      `delete from product_words where ${part.map(() => '(word in (?) and product_id = ?)').join(' or ')}`,
      part.flatMap(({ id, staleWords }) => [staleWords, id]),
    );
  }
}
