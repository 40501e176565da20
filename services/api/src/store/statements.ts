import type { ListQuery, Sort } from './listQuery.ts';

/** Every order ends with id: rows with equal values would otherwise come in the order of the plan. */
const orders: Readonly<Record<Sort, string>> = {
  newest: 'created_at desc, id desc',
  price: 'price_cents, id',
  '-price': 'price_cents desc, id desc',
  name: 'name, id',
};

/** Conditions and values of a list; the same for its count and its page. */
export function listConditions(
  query: ListQuery,
  categoryId: number | null,
): { where: string; values: readonly unknown[] } {
  const conditions: string[] = [];
  const values: unknown[] = [];
  if (categoryId !== null) {
    conditions.push('category_id = ?');
    values.push(categoryId);
  }
  for (const word of query.words) {
    conditions.push(
      "concat(' ', name, ' ', replace(replace(summary, ',', ' '), '.', ' '), ' ') like ? escape '!'",
    );
    values.push(`% ${word.replace(/[%_!]/g, '!$&')} %`);
  }
  return { where: conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`, values };
}

export function orderOf(sort: Sort): string {
  return `order by ${orders[sort]}`;
}
