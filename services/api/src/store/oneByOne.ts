import type { Session } from '../db/database.ts';
import type { Columns } from './columns.ts';
import {
  type CategoryRow,
  type CustomerRow,
  newestReviews,
  type ProductParts,
  type ProductRow,
  type ReviewRow,
  type ReviewWithAuthor,
} from './product.ts';
import type { Ratings, ReadParts } from './reading.ts';

/** Baseline: a query for each thing of each product, and one more for the author of each review (N+1, twice). */
export const readPartsOneByOne: ReadParts = async (session, how, products) => {
  const all: ProductParts[] = [];
  for (const product of products) all.push(await readPartsOf(session, how, product));
  return all;
};

async function readPartsOf(
  session: Session,
  { columns, ratings }: { columns: Columns; ratings: Ratings },
  product: ProductRow,
): Promise<ProductParts> {
  const [category, rating, reviews] = await session.all([
    () => readCategory(session, columns, product.category_id),
    () => ratings.one(session, product),
    () => readReviews(session, columns, product.id),
  ]);
  return { category, rating, reviews };
}

async function readCategory(
  session: Session,
  columns: Columns,
  id: number,
): Promise<CategoryRow | undefined> {
  const [category] = await session.rows<CategoryRow>(
    `select ${columns.categories} from categories where id = ?`,
    [id],
  );
  return category;
}

async function readReviews(
  session: Session,
  columns: Columns,
  productId: number,
): Promise<ReviewWithAuthor[]> {
  const newest = await session.rows<ReviewRow>(
    `select ${columns.reviews} from reviews where product_id = ? order by created_at desc, id desc limit ${newestReviews}`,
    [productId],
  );
  const reviews: ReviewWithAuthor[] = [];
  for (const review of newest) {
    const [author] = await session.rows<CustomerRow>(
      `select ${columns.customers} from customers where id = ?`,
      [review.customer_id],
    );
    reviews.push({ review, author });
  }
  return reviews;
}
