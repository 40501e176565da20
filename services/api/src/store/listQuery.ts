import { z } from 'zod';
import { wholeNumber } from '../routes/parameters.ts';

const sorts = ['newest', 'price', '-price', 'name'] as const;
export type Sort = (typeof sorts)[number];

/** What can be asked of GET /products. Parameters with other names are ignored and are in no cache key. */
export const listQuerySchema = z
  .object({
    category: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be the slug of a category')
      .optional(),
    /** Words that a product's name or summary must all contain, in any order. */
    q: z
      .string()
      .max(100, 'must be at most 100 characters')
      .transform((text) =>
        [
          ...new Set(
            text
              .toLowerCase()
              .split(/\s+/)
              .filter((word) => word !== ''),
          ),
        ].sort(),
      )
      .refine((words) => words.length <= 5, 'must be at most 5 words')
      .default([]),
    sort: z.enum(sorts, { error: `must be one of ${sorts.join(', ')}` }).default('newest'),
    limit: wholeNumber(1, 100).default(20),
    offset: wholeNumber(0, 1_000_000).default(0),
  })
  .transform(({ category, q, ...rest }): ListQuery => ({ ...rest, category: category ?? null, words: q }));

export interface ListQuery {
  category: string | null;
  words: readonly string[];
  sort: Sort;
  limit: number;
  offset: number;
}

/** For callers in the same process; the route checks with the schema itself. */
export function readListQuery(parameters: Record<string, unknown>): ListQuery {
  return listQuerySchema.parse(parameters);
}

/** The same question has the same parameters, whatever the order and the spelling in which it was asked. */
export function canonicalParameters(query: ListQuery): Record<string, string> {
  return {
    ...(query.category === null ? {} : { category: query.category }),
    ...(query.words.length === 0 ? {} : { q: query.words.join(' ') }),
    ...(query.sort === 'newest' ? {} : { sort: query.sort }),
    limit: String(query.limit),
    offset: String(query.offset),
  };
}

/** Address of the page after this one; null on the last. */
export function nextPage(query: ListQuery, total: number): string | null {
  const offset = query.offset + query.limit;
  if (offset >= total) return null;
  return `/products?${new URLSearchParams(canonicalParameters({ ...query, offset }))}`;
}
