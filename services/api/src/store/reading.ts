import type { Session } from '../db/database.ts';
import type { Columns } from './columns.ts';
import type { Cursor } from './cursor.ts';
import type { ListQuery } from './listQuery.ts';
import type { ProductParts, ProductRow, RatingRow } from './product.ts';
import type { Condition, Order } from './statements.ts';

/** How products are read. Each part has the way of the baseline and that of one optimization; all give the same rows. */
export interface Reading {
  columns: Columns;
  readParts: ReadParts;
  ratings: Ratings;
  /** True for products that have this word in name or summary. */
  search(word: string): Condition;
  filters: Filters;
  place: Place;
  countProducts: CountProducts;
}

/** Reads what belongs to products; the baseline does it one by one, `batched-queries` for all of them at once. */
export type ReadParts = (
  session: Session,
  how: { columns: Columns; ratings: Ratings },
  products: readonly ProductRow[],
) => Promise<ProductParts[]>;

export interface Ratings {
  /** What `rating_rank` is read from, and under which name, where products are sorted by it. */
  ranks: { from: string; expression: string };
  one(session: Session, product: ProductRow): Promise<RatingRow | undefined>;
  many(session: Session, products: readonly ProductRow[]): Promise<ReadonlyMap<number, RatingRow>>;
}

export interface Filters {
  reviewed: Condition;
  /** Created on this day or later; the day is `2025-06-01`. */
  since(day: string): Condition;
}

/** Conditions and end of the statement that take one page out of the order. */
export type Place = (
  order: Order,
  page: { after: Cursor | null; offset: number; limit: number },
) => { conditions: readonly Condition[]; end: string; values: readonly unknown[] };

export type CountProducts = (
  session: Session,
  query: ListQuery,
  categoryId: number | null,
  conditions: readonly Condition[],
) => Promise<number>;
