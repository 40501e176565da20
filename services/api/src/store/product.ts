/** What the database gives; more columns may be there. */
export interface CategoryRow {
  id: number;
  slug: string;
  name: string;
}
export interface ProductRow {
  id: number;
  category_id: number;
  sku: string;
  name: string;
  summary: string;
  price_cents: number;
  currency: string;
  stock: number;
  status: string;
  image_url: string;
  created_at: Date;
  /** Kept by whoever writes a review. */
  rating_sum: number;
  rating_count: number;
}
export interface ProductDetailRow extends ProductRow {
  description: string;
  specification: string;
  weight_grams: number;
  updated_at: Date;
  changed_at: Date;
}
/** SUM and COUNT; the driver gives a DECIMAL as text, and null where there is no row. */
export interface RatingRow {
  stars: string | number | null;
  reviews: string | number;
}
export interface ReviewRow {
  id: number;
  product_id: number;
  customer_id: number;
  rating: number;
  title: string;
  body: string;
  created_at: Date;
}
export interface CustomerRow {
  id: number;
  name: string;
  changed_at: Date;
}

/** How many of a product's newest reviews an answer carries. */
export const newestReviews = 3;

export interface Product {
  id: number;
  sku: string;
  name: string;
  summary: string;
  category: { slug: string; name: string };
  price: { cents: number; currency: string };
  stock: number;
  status: string;
  imageUrl: string;
  rating: { average: number | null; count: number };
  reviews: {
    id: number;
    rating: number;
    title: string;
    body: string;
    author: string;
    createdAt: string;
  }[];
  createdAt: string;
}

export interface ProductDetail extends Product {
  description: string;
  specification: string;
  weightGrams: number;
  updatedAt: string;
}

export interface ProductParts {
  category: CategoryRow | undefined;
  rating: RatingRow | undefined;
  reviews: readonly ReviewWithAuthor[];
}

export interface ReviewWithAuthor {
  review: ReviewRow;
  author: CustomerRow | undefined;
}

/** The one place that decides what an answer looks like, whichever way the rows were read. */
export function toProduct(row: ProductRow, parts: ProductParts): Product {
  return {
    id: row.id,
    sku: row.sku,
    name: row.name,
    summary: row.summary,
    category: { slug: parts.category?.slug ?? '', name: parts.category?.name ?? '' },
    price: { cents: row.price_cents, currency: row.currency },
    stock: row.stock,
    status: row.status,
    imageUrl: row.image_url,
    rating: toRating(parts.rating),
    reviews: parts.reviews.map(({ review, author }) => ({
      id: review.id,
      rating: review.rating,
      title: review.title,
      body: review.body,
      author: author?.name ?? '',
      createdAt: review.created_at.toISOString(),
    })),
    createdAt: row.created_at.toISOString(),
  };
}

export function toProductDetail(row: ProductDetailRow, parts: ProductParts): ProductDetail {
  return {
    ...toProduct(row, parts),
    description: row.description,
    specification: row.specification,
    weightGrams: row.weight_grams,
    updatedAt: row.updated_at.toISOString(),
  };
}

/** Rounded here, from two whole numbers, because engines round averages differently. */
function toRating(row: RatingRow | undefined): Product['rating'] {
  const count = Number(row?.reviews ?? 0);
  const stars = Number(row?.stars ?? 0);
  return { average: count === 0 ? null : Math.round((stars * 100) / count) / 100, count };
}

/** What lists are sorted by, as the column rating_rank holds it: the average in ten-thousandths, cut off. */
export function rankOf(row: RatingRow | undefined): number {
  const count = Number(row?.reviews ?? 0);
  return count === 0 ? 0 : Math.floor((Number(row?.stars ?? 0) * 10_000) / count);
}
