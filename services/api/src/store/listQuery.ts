import { z } from 'zod';
import { wholeNumber } from '../routes/parameters.ts';
import { type Cursor, readCursor, writeCursor } from './cursor.ts';

const sorts = ['newest', 'price', '-price', 'name', 'rating'] as const;
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
    /** Only products that somebody has reviewed. */
    reviewed: z.literal('true', { error: 'must be true or absent' }).optional(),
    /** Only products created on this day (UTC) or later. */
    since: z.iso.date({ error: 'must be a day like 2025-06-01' }).optional(),
    offset: wholeNumber(0, 1_000_000).optional(),
    /** From the `next` of another page, instead of an offset. */
    after: z.string().max(1000).optional(),
  })
  .transform(({ category, q, reviewed, since, offset, after, ...rest }, context): ListQuery => {
    const cursor = after === undefined ? null : readCursor(after);
    const mistake = cursorMistake({ after, cursor, offset, sort: rest.sort });
    if (mistake !== null) context.addIssue({ code: 'custom', path: ['after'], message: mistake });
    return {
      ...rest,
      category: category ?? null,
      words: q,
      reviewed: reviewed !== undefined,
      since: since ?? null,
      offset: cursor?.offset ?? offset ?? 0,
      after: cursor,
    };
  });

export interface ListQuery {
  category: string | null;
  words: readonly string[];
  reviewed: boolean;
  since: string | null;
  sort: Sort;
  limit: number;
  /** How many products are before the page; that of the cursor where there is one. */
  offset: number;
  after: Cursor | null;
}

function cursorMistake(given: {
  after: string | undefined;
  cursor: Cursor | null;
  offset: number | undefined;
  sort: Sort;
}): string | null {
  if (given.after === undefined) return null;
  if (given.cursor === null) return 'must come from the next of another page';
  if (given.cursor.sort !== given.sort) return `belongs to a list with sort=${given.cursor.sort}`;
  return given.offset === undefined ? null : 'must not be combined with offset';
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
    ...(query.reviewed ? { reviewed: 'true' } : {}),
    ...(query.since === null ? {} : { since: query.since }),
    ...(query.sort === 'newest' ? {} : { sort: query.sort }),
    limit: String(query.limit),
    ...(query.after === null ? { offset: String(query.offset) } : { after: writeCursor(query.after) }),
  };
}

/** Address of the page after this one; null on the last. */
export function nextPage(
  query: ListQuery,
  { total, end }: { total: number; end: Cursor | null },
): string | null {
  if (end === null || end.offset >= total) return null;
  return `/products?${new URLSearchParams(canonicalParameters({ ...query, after: end }))}`;
}
