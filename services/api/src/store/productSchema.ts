import { z } from 'zod';

/** What the API says of a product; `toProduct` makes it. */
export const productSchema = z.strictObject({
  id: z.int().min(1),
  sku: z.string(),
  name: z.string(),
  summary: z.string(),
  category: z.strictObject({ slug: z.string(), name: z.string() }),
  price: z.strictObject({ cents: z.int().min(0), currency: z.string().length(3) }),
  stock: z.int().min(0),
  status: z.string(),
  imageUrl: z.string(),
  rating: z.strictObject({ average: z.number().min(1).max(5).nullable(), count: z.int().min(0) }),
  reviews: z.array(
    z.strictObject({
      id: z.int().min(1),
      rating: z.int().min(1).max(5),
      title: z.string(),
      body: z.string(),
      author: z.string(),
      createdAt: z.iso.datetime(),
    }),
  ),
  createdAt: z.iso.datetime(),
});

export const productDetailSchema = productSchema.extend({
  description: z.string(),
  specification: z.string(),
  weightGrams: z.int().min(0),
  updatedAt: z.iso.datetime(),
});

export const productPageSchema = z.strictObject({
  items: z.array(productSchema),
  total: z.int().min(0),
  limit: z.int().min(1),
  offset: z.int().min(0),
  /** Address of the page after this one; null on the last. */
  next: z.string().nullable(),
});

export const relatedSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.int().min(1),
      sku: z.string(),
      name: z.string(),
      price: z.strictObject({ cents: z.int().min(0), currency: z.string().length(3) }),
      imageUrl: z.string(),
      /** Orders of late in which both were bought. */
      together: z.int().min(1),
    }),
  ),
});

export const newReviewSchema = z.strictObject({
  rating: z.int('must be a whole number from 1 to 5').min(1).max(5),
  title: z.string().trim().min(1).max(80),
  body: z.string().trim().min(1).max(500),
});

export const reviewSchema = z.strictObject({
  id: z.int().min(1),
  productId: z.int().min(1),
  rating: z.int().min(1).max(5),
  title: z.string(),
  body: z.string(),
  createdAt: z.iso.datetime(),
});
