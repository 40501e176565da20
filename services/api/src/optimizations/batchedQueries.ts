import type { Session } from '../db/database.ts';
import type { Columns } from '../store/columns.ts';
import {
  type CategoryRow,
  type CustomerRow,
  newestReviews,
  type ProductRow,
  type ReviewRow,
  type ReviewWithAuthor,
} from '../store/product.ts';
import type { ReadParts } from '../store/reading.ts';
import type { Optimization } from './optimization.ts';

export const batchedQueries = {
  name: 'batched-queries',
  group: 'database',
  title: 'Batched queries',
  does: 'Reads categories, ratings, newest reviews and their authors of all products of a page with one query each (IN and a window function), instead of one by one.',
  where: [
    'GET /products',
    'GET /products/:id',
    'GET /orders',
    'GET /orders/:id',
    'POST /orders',
    'GET /account',
  ],
  evidence: [
    { what: 'database queries', moves: 'down' },
    { what: 'CPU time of the service', moves: 'down' },
  ],
  risks: ['One large statement in place of small ones holds its connection longer.'],
} as const satisfies Optimization;

/** At most four queries, however many products there are. */
export const readPartsBatched: ReadParts = async (session, { columns, ratings }, products) => {
  if (products.length === 0) return [];
  const [categories, ratingByProduct, reviewsByProduct] = await session.all([
    () => readCategories(session, columns, products),
    () => ratings.many(session, products),
    () => readReviews(session, columns, products),
  ]);
  return products.map((product) => ({
    category: categories.get(product.category_id),
    rating: ratingByProduct.get(product.id),
    reviews: reviewsByProduct.get(product.id) ?? [],
  }));
};

async function readCategories(
  session: Session,
  columns: Columns,
  products: readonly ProductRow[],
): Promise<Map<number, CategoryRow>> {
  const ids = [...new Set(products.map((product) => product.category_id))];
  return byId(
    await session.rows<CategoryRow>(`select ${columns.categories} from categories where id in (?)`, [ids]),
  );
}

async function readReviews(
  session: Session,
  columns: Columns,
  products: readonly ProductRow[],
): Promise<Map<number, ReviewWithAuthor[]>> {
  const reviews = await session.rows<ReviewRow>(
    `select ${columns.reviews} from (
       select ${columns.reviews}, row_number() over (partition by product_id order by created_at desc, id desc) as newest_rank
       from reviews where product_id in (?)
     ) ranked where newest_rank <= ${newestReviews} order by product_id, newest_rank`,
    [products.map(({ id }) => id)],
  );
  const authors = byId(await readAuthors(session, columns, reviews));
  const withAuthors = reviews.map((review) => ({ review, author: authors.get(review.customer_id) }));
  return Map.groupBy(withAuthors, ({ review }) => review.product_id);
}

async function readAuthors(
  session: Session,
  columns: Columns,
  reviews: readonly ReviewRow[],
): Promise<CustomerRow[]> {
  if (reviews.length === 0) return [];
  return session.rows<CustomerRow>(`select ${columns.customers} from customers where id in (?)`, [
    [...new Set(reviews.map((review) => review.customer_id))],
  ]);
}

function byId<Row extends { id: number }>(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}
