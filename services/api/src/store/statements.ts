import type { Sort } from './listQuery.ts';
import type { CountProducts, Filters, Place, Ratings } from './reading.ts';

/** A part of a WHERE with its values. */
export interface Condition {
  sql: string;
  values: readonly unknown[];
}

/** Rows with equal values come by their id: they would otherwise come in the order of the plan. */
export interface Order {
  from: string;
  expression: string;
  direction: 'asc' | 'desc';
}

export function orderOf(sort: Sort, ratings: Ratings): Order {
  switch (sort) {
    case 'newest':
      return { from: 'products', expression: 'created_at', direction: 'desc' };
    case 'price':
      return { from: 'products', expression: 'price_cents', direction: 'asc' };
    case '-price':
      return { from: 'products', expression: 'price_cents', direction: 'desc' };
    case 'name':
      return { from: 'products', expression: 'name', direction: 'asc' };
    case 'rating':
      return { ...ratings.ranks, direction: 'desc' };
    default:
      return sort satisfies never;
  }
}

export function orderBy({ expression, direction }: Order): string {
  return `order by ${expression} ${direction}, id ${direction}`;
}

export function whereOf(conditions: readonly Condition[]): { sql: string; values: unknown[] } {
  if (conditions.length === 0) return { sql: '', values: [] };
  return {
    sql: `where ${conditions.map(({ sql }) => sql).join(' and ')}`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/** Baseline: every text is looked through. A word ends at a space, in the summary also at a comma or full stop. */
export function likeWord(word: string): Condition {
  return {
    sql: "concat(' ', name, ' ', replace(replace(summary, ',', ' '), '.', ' '), ' ') like ? escape '!'",
    values: [`% ${word.replace(/[%_!]/g, '!$&')} %`],
  };
}

/** Baseline: the first thing that comes to mind, a count per product and a function around the column. */
export const plainFilters: Filters = {
  reviewed: {
    sql: '(select count(*) from reviews where reviews.product_id = products.id) > 0',
    values: [],
  },
  since: (day) => ({ sql: 'date(created_at) >= ?', values: [day] }),
};

/** Baseline: the database reads and throws away all rows before the page. */
export const offsetPaging: Place = (_order, { offset, limit }) => ({
  conditions: [],
  end: 'limit ? offset ?',
  values: [limit, offset],
});

/** Baseline: counted anew for every page. */
export const countedProducts: CountProducts = async (session, _query, _categoryId, conditions) => {
  const where = whereOf(conditions);
  const [count] = await session.rows<{ total: number | string }>(
    `select count(*) as total from products ${where.sql}`,
    where.values,
  );
  return Number(count?.total ?? 0);
};
