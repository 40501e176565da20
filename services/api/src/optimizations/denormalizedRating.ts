import type { ProductRow, RatingRow } from '../store/product.ts';
import type { Ratings } from '../store/reading.ts';
import type { Optimization } from './optimization.ts';

export const denormalizedRating = {
  name: 'denormalized-rating',
  group: 'database',
  title: 'Denormalized rating',
  does: 'Takes sum and number of ratings from columns of the product, which whoever writes a review keeps in the same transaction, instead of adding up its reviews; sorting by rating can then use an index.',
  where: ['GET /products', 'GET /products/:id'],
  evidence: [
    { what: 'rows that the database examines', moves: 'down' },
    { what: 'database queries', moves: 'down' },
  ],
  risks: [
    'Whatever writes reviews past the service leaves wrong ratings behind; a test holds the columns against the reviews.',
    'Writers of reviews of one product wait for each other.',
  ],
} as const satisfies Optimization;

export const keptRatings: Ratings = {
  ranks: { from: 'products', expression: 'rating_rank' },
  one: async (_session, product) => ratingOf(product),
  many: async (_session, products) => new Map(products.map((product) => [product.id, ratingOf(product)])),
};

function ratingOf({ rating_sum, rating_count }: ProductRow): RatingRow {
  return { stars: rating_sum, reviews: rating_count };
}
