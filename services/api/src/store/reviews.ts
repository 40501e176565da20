import type { Session } from '../db/database.ts';
import { noProduct } from './catalogue.ts';

export interface NewReview {
  productId: number;
  customerId: number;
  rating: number;
  title: string;
  body: string;
  /** Whole seconds, as the column holds them. */
  createdAt: Date;
}

/** A review and what the product keeps of it, in one transaction: neither is there without the other. */
export async function writeReview(session: Session, review: NewReview): Promise<number> {
  // The product first: whoever writes to it waits here, before anything else is held.
  const found = await session.change(
    `update products set rating_sum = rating_sum + ?, rating_count = rating_count + 1, changed_at = utc_timestamp()
     where id = ?`,
    [review.rating, review.productId],
  );
  if (found === 0) throw noProduct(review.productId);
  const { productId, customerId, rating, title, body, createdAt } = review;
  return session.insert(
    'insert into reviews (product_id, customer_id, rating, title, body, created_at) values (?, ?, ?, ?, ?, ?)',
    [productId, customerId, rating, title, body, createdAt],
  );
}
