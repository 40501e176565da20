import type { RatingRow } from './product.ts';
import type { Ratings } from './reading.ts';

/** Baseline: ratings are added up from the reviews whenever somebody wants to see them. */
export const addedUpRatings: Ratings = {
  ranks: {
    from: `products left join (
      select product_id as rated_id, sum(rating) * 10000 div count(*) as rank_now from reviews group by product_id
    ) rated on rated.rated_id = products.id`,
    expression: 'coalesce(rank_now, 0)',
  },
  async one(session, product) {
    const [rating] = await session.rows<RatingRow>(
      'select sum(rating) as stars, count(*) as reviews from reviews where product_id = ?',
      [product.id],
    );
    return rating;
  },
  async many(session, products) {
    const ratings = await session.rows<RatingRow & { product_id: number }>(
      'select product_id, sum(rating) as stars, count(*) as reviews from reviews where product_id in (?) group by product_id',
      [products.map(({ id }) => id)],
    );
    return new Map(ratings.map((rating) => [rating.product_id, rating]));
  },
};
