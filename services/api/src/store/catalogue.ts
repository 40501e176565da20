import type { Session } from '../db/database.ts';
import { Problem } from '../problem.ts';
import type { Columns } from './columns.ts';
import { type Cursor, cursorAfter } from './cursor.ts';
import type { ListQuery } from './listQuery.ts';
import type {
  CategoryRow,
  Product,
  ProductDetail,
  ProductDetailRow,
  ProductParts,
  ProductRow,
} from './product.ts';
import { toProduct, toProductDetail } from './product.ts';
import type { Reading } from './reading.ts';
import { type Condition, orderBy, orderOf, whereOf } from './statements.ts';

export interface ProductPage {
  items: Product[];
  total: number;
  /** Where the page after this one begins; null where this one is empty. */
  end: Cursor | null;
  /** Customers whose reviews are shown. */
  authors: number[];
}

export async function readPage(session: Session, query: ListQuery, reading: Reading): Promise<ProductPage> {
  const { columns } = reading;
  const categoryId = query.category === null ? null : await categoryIdOf(session, columns, query.category);
  const conditions = conditionsOf(query, categoryId, reading);
  const [total, rows] = await session.all([
    () => reading.countProducts(session, query, categoryId, conditions),
    () => readRows(session, query, conditions, reading),
  ]);
  const parts = await reading.readParts(session, reading, rows);
  const items = combine(rows, parts, toProduct);
  const last = rows.at(-1);
  const place = { sort: query.sort, offset: query.offset + query.limit };
  const end = last === undefined ? null : cursorAfter(place, last, parts.at(-1)?.rating);
  return { items, total, end, authors: authorsOf(parts) };
}

export async function readProduct(
  session: Session,
  id: number,
  reading: Reading,
): Promise<{ product: ProductDetail; authors: number[]; changedAt: Date | null }> {
  const rows = await session.rows<ProductDetailRow>(
    `select ${reading.columns.productDetails} from products where id = ?`,
    [id],
  );
  const parts = await reading.readParts(session, reading, rows);
  const [product] = combine(rows, parts, toProductDetail);
  if (product === undefined) throw noProduct(id);
  return { product, authors: authorsOf(parts), changedAt: lastChange(rows, parts) };
}

/**
 * Of everything that a product's answer shows; a category is never changed. It only grows: a review that takes another's
 * place is a change of the product. Null where an author is not there any more: nobody knows since when.
 */
function lastChange(rows: readonly ProductDetailRow[], parts: readonly ProductParts[]): Date | null {
  const authors = parts.flatMap(({ reviews }) => reviews.map(({ author }) => author?.changed_at));
  if (authors.includes(undefined)) return null;
  const changes = [...rows.map((row) => row.changed_at), ...authors];
  return new Date(Math.max(...changes.map(Number)));
}

export async function writeStock(session: Session, id: number, stock: number): Promise<void> {
  const sql = 'update products set stock = ?, changed_at = utc_timestamp() where id = ?';
  if ((await session.change(sql, [stock, id])) === 0) throw noProduct(id);
}

export function noProduct(id: number): Problem {
  return new Problem(404, 'Not found', `There is no product ${id}.`);
}

function conditionsOf(query: ListQuery, categoryId: number | null, reading: Reading): Condition[] {
  return [
    ...(categoryId === null ? [] : [{ sql: 'category_id = ?', values: [categoryId] }]),
    ...query.words.map((word) => reading.search(word)),
    ...(query.reviewed ? [reading.filters.reviewed] : []),
    ...(query.since === null ? [] : [reading.filters.since(query.since)]),
  ];
}

function readRows(
  session: Session,
  query: ListQuery,
  conditions: readonly Condition[],
  { columns, ratings, place }: Reading,
): Promise<ProductRow[]> {
  const order = orderOf(query.sort, ratings);
  const page = place(order, query);
  const where = whereOf([...conditions, ...page.conditions]);
  return session.rows<ProductRow>(
    `select ${columns.products} from ${order.from} ${where.sql} ${orderBy(order)} ${page.end}`,
    [...where.values, ...page.values],
  );
}

function combine<Row, Item>(
  rows: readonly Row[],
  parts: readonly ProductParts[],
  toItem: (row: Row, parts: ProductParts) => Item,
): Item[] {
  return rows.map((row, index) =>
    toItem(row, parts[index] ?? { category: undefined, rating: undefined, reviews: [] }),
  );
}

function authorsOf(parts: readonly ProductParts[]): number[] {
  return [...new Set(parts.flatMap(({ reviews }) => reviews.map(({ review }) => review.customer_id)))];
}

async function categoryIdOf(session: Session, columns: Columns, slug: string): Promise<number> {
  const [category] = await session.rows<CategoryRow>(
    `select ${columns.categories} from categories where slug = ?`,
    [slug],
  );
  if (category === undefined) throw new Problem(404, 'Not found', `There is no category "${slug}".`);
  return category.id;
}
