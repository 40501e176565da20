import type { Sort } from './listQuery.ts';
import { type ProductRow, type RatingRow, rankOf } from './product.ts';

/**
 * Where a page ends. It carries both ways of going on, so that every variant gives the same address of the next page:
 * the number of products before it (OFFSET) and the place of its last product in the order (keyset).
 */
export interface Cursor {
  sort: Sort;
  offset: number;
  /** Of the last product: seconds, cents, name or rank, as the order says. */
  value: number | string;
  id: number;
}

export function cursorAfter(
  { sort, offset }: { sort: Sort; offset: number },
  row: ProductRow,
  rating: RatingRow | undefined,
): Cursor {
  return { sort, offset, value: placeOf(sort, row, rating), id: row.id };
}

export function writeCursor({ sort, offset, value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, offset, value, id])).toString('base64url');
}

/** Null where the text is none of ours. */
export function readCursor(text: string): Cursor | null {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
  if (!Array.isArray(parts) || parts.length !== 4) return null;
  const [sort, offset, value, id] = parts as unknown[];
  if (typeof sort !== 'string' || !Object.hasOwn(valueTypes, sort)) return null;
  const type = valueTypes[sort as Sort];
  const fits = type === 'number' ? isWhole(value, 4_294_967_295) : isShortText(value);
  if (!fits || !isWhole(offset, 1_000_000) || !isWhole(id, 4_294_967_295)) return null;
  return { sort: sort as Sort, offset: Number(offset), value: value as number | string, id: Number(id) };
}

/** As the column is compared with. */
export function cursorValue({ sort, value }: Cursor): unknown {
  return sort === 'newest' ? new Date(Number(value) * 1000) : value;
}

const valueTypes: Readonly<Record<Sort, 'number' | 'string'>> = {
  newest: 'number',
  price: 'number',
  '-price': 'number',
  name: 'string',
  rating: 'number',
};

function placeOf(sort: Sort, row: ProductRow, rating: RatingRow | undefined): number | string {
  switch (sort) {
    case 'newest':
      return row.created_at.getTime() / 1000;
    case 'price':
    case '-price':
      return row.price_cents;
    case 'name':
      return row.name;
    case 'rating':
      return rankOf(rating);
    default:
      return sort satisfies never;
  }
}

function isWhole(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 120;
}
