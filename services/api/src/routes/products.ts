import type { Context } from 'koa';
import { z } from 'zod';
import type { Representation } from '../cache/representation.ts';
import { listQuerySchema } from '../store/listQuery.ts';
import {
  newReviewSchema,
  productDetailSchema,
  productPageSchema,
  relatedSchema,
  reviewSchema,
} from '../store/productSchema.ts';
import type { Products } from '../store/products.ts';
import { idParams } from './parameters.ts';
import { type Route, route } from './route.ts';

/** True when the headers were enough: the client holds this answer. */
export type AnswerIfUnchanged = (ctx: Context, representation: Representation) => boolean;

const unchangedSince = {
  description:
    'The answer that If-None-Match names, or if that is not sent the one since If-Modified-Since, is still right (HTTP cache on).',
};
const unchanged = { description: 'The answer that If-None-Match names is still right (HTTP cache on).' };

export function productRoutes(products: Products, answerIfUnchanged: AnswerIfUnchanged | null): Route[] {
  return [
    route({
      method: 'get',
      path: '/products',
      tag: 'Catalogue',
      summary: 'Products of a category, or those that contain all words, page by page',
      access: 'anyone',
      query: listQuerySchema,
      answers: {
        200: { description: 'One page.', schema: productPageSchema },
        304: unchanged,
        404: 'There is no such category.',
      },
      answer: (ctx, { query }) => answerWith(ctx, products.page(query), answerIfUnchanged),
    }),
    route({
      method: 'get',
      path: '/products/:id',
      tag: 'Catalogue',
      summary: 'One product with its long texts',
      access: 'anyone',
      params: idParams,
      answers: {
        200: { description: 'The product.', schema: productDetailSchema },
        304: unchangedSince,
        404: 'There is no such product.',
      },
      answer: (ctx, { params }) => answerWith(ctx, products.product(params.id), answerIfUnchanged),
    }),
    route({
      method: 'get',
      path: '/products/:id/related',
      tag: 'Catalogue',
      summary: 'What was bought together with a product most often of late, at most four',
      access: 'anyone',
      params: idParams,
      answers: {
        200: { description: 'The products.', schema: relatedSchema },
        304: unchanged,
        404: 'There is no such product.',
      },
      answer: (ctx, { params }) => answerWith(ctx, products.related(params.id), answerIfUnchanged),
    }),
    route({
      method: 'post',
      path: '/products/:id/reviews',
      tag: 'Catalogue',
      summary: 'Review a product',
      access: 'customer',
      limit: 'write',
      params: idParams,
      body: { type: 'application/json', maxBytes: 4096, schema: newReviewSchema },
      answers: {
        201: { description: 'It is written, and every answer shows it.', schema: reviewSchema },
        404: 'There is no such product.',
      },
      async answer(ctx, { params, body, caller }) {
        // The column holds whole seconds.
        const createdAt = new Date(Math.floor(Date.now() / 1000) * 1000);
        const review = { ...body, productId: params.id, customerId: caller.id, createdAt };
        const id = await products.review(review);
        ctx.status = 201;
        ctx.set('Cache-Control', 'no-store');
        ctx.body = { id, productId: params.id, ...body, createdAt: createdAt.toISOString() };
      },
    }),
    route({
      method: 'patch',
      path: '/products/:id/stock',
      tag: 'Catalogue',
      summary: 'Set how many pieces of a product there are',
      access: 'staff',
      params: idParams,
      body: {
        type: 'application/json',
        maxBytes: 1024,
        schema: z.strictObject({ stock: z.int().min(0).max(1_000_000) }),
      },
      answers: {
        204: { description: 'It is set, and no cache shows the old stock.' },
        404: 'There is no such product.',
      },
      async answer(ctx, { params, body }) {
        await products.setStock(params.id, body.stock);
        ctx.status = 204;
      },
    }),
  ];
}

/** At once, where a cache in the process has it: each wait costs such an answer more than finding it. */
function answerWith(
  ctx: Context,
  found: Promise<Representation> | Representation,
  answerIfUnchanged: AnswerIfUnchanged | null,
): Promise<void> | void {
  if (!(found instanceof Promise)) return answer(ctx, found, answerIfUnchanged);
  return found.then((representation) => answer(ctx, representation, answerIfUnchanged));
}

function answer(
  ctx: Context,
  representation: Representation,
  answerIfUnchanged: AnswerIfUnchanged | null,
): void {
  if (answerIfUnchanged?.(ctx, representation)) return;
  ctx.res.setHeader('Content-Type', 'application/json; charset=utf-8');
  ctx.body = representation.body;
}
