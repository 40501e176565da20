import type { Session } from '../db/database.ts';
import type { Columns } from './columns.ts';
import {
  type CategoryRow,
  type CustomerRow,
  newestReviews,
  type ProductParts,
  type ProductRow,
  type RatingRow,
  type ReviewRow,
} from './product.ts';

/** Baseline: a query for each thing of each product, and one more for the author of each review (N+1, twice). */
export async function readPartsOneByOne(
  session: Session,
  columns: Columns,
  products: readonly ProductRow[],
): Promise<ProductParts[]> {
  const all: ProductParts[] = [];
  for (const product of products) all.push(await readPartsOf(session, columns, product));
  return all;
}

async function readPartsOf(session: Session, columns: Columns, product: ProductRow): Promise<ProductParts> {
  const [category] = await session.rows<CategoryRow>(
    `select ${columns.categories} from categories where id = ?`,
    [product.category_id],
  );
  const [rating] = await session.rows<RatingRow>(
    'select sum(rating) as stars, count(*) as reviews from reviews where product_id = ?',
    [product.id],
  );
  const newest = await session.rows<ReviewRow>(
    `select ${columns.reviews} from reviews where product_id = ? order by created_at desc, id desc limit ${newestReviews}`,
    [product.id],
  );
  const reviews: { review: ReviewRow; author: CustomerRow | undefined }[] = [];
  for (const review of newest) {
    const [author] = await session.rows<CustomerRow>(
      `select ${columns.customers} from customers where id = ?`,
      [review.customer_id],
    );
    reviews.push({ review, author });
  }
  return { category, rating, reviews };
}
