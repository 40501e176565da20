import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Representation } from '../cache/representation.ts';
import { Problem } from '../problem.ts';
import { readListQuery } from '../store/listQuery.ts';
import type { Products } from '../store/products.ts';
import { readStock } from './stockBody.ts';

/** True when the headers were enough: the client holds this answer. */
export type AnswerIfUnchanged = (ctx: Context, representation: Representation) => boolean;

export function productRoutes(
  router: Router,
  products: Products,
  answerIfUnchanged: AnswerIfUnchanged | null,
): void {
  router.get('/products', async (ctx) => {
    answer(ctx, await products.page(readListQuery(ctx.query)), answerIfUnchanged);
  });
  router.get('/products/:id', async (ctx) => {
    answer(ctx, await products.product(readId(ctx.params.id)), answerIfUnchanged);
  });
  router.patch('/products/:id/stock', async (ctx) => {
    const id = readId(ctx.params.id);
    await products.setStock(id, await readStock(ctx));
    ctx.status = 204;
  });
}

function answer(
  ctx: Context,
  representation: Representation,
  answerIfUnchanged: AnswerIfUnchanged | null,
): void {
  if (answerIfUnchanged?.(ctx, representation)) return;
  ctx.status = 200;
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = representation.body;
}

function readId(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,8}$/.test(text)) {
    throw new Problem(400, 'Bad request', `"${text}" is no product id; an id is a whole number from 1.`);
  }
  return Number(text);
}
