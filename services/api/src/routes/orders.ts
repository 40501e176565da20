import { z } from 'zod';
import { type CheckoutDeps, type CheckoutResult, checkout } from '../orders/checkout.ts';
import { type HistoryDeps, readHistory, readOrder } from '../orders/history.ts';
import { orderPageSchema, orderSchema } from '../orders/order.ts';
import { Problem } from '../problem.ts';
import { keyDays } from '../upkeep/pruning.ts';
import { idParams, wholeNumber } from './parameters.ts';
import { type Route, route } from './route.ts';

const maxLines = 50;
const maxQuantity = 99;

const orderBody = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        productId: z.int().min(1).max(999_999_999),
        quantity: z.int().min(1).max(maxQuantity),
      }),
    )
    .min(1)
    .max(maxLines)
    .refine(
      (lines) => new Set(lines.map(({ productId }) => productId)).size === lines.length,
      'must name each product once',
    ),
});

const keyMessage = 'must be given: 8 to 64 letters, digits, "_" or "-", another one for each order';

export function orderRoutes(deps: { checkout: CheckoutDeps; history: HistoryDeps }): Route[] {
  return [
    route({
      method: 'post',
      path: '/orders',
      tag: 'Orders',
      summary: 'Place an order; sent again with the same key it is the same order',
      access: 'customer',
      limit: 'write',
      headers: z.object({
        'idempotency-key': z.string(keyMessage).regex(/^[\w-]{8,64}$/, keyMessage),
      }),
      body: { type: 'application/json', schema: orderBody },
      answers: {
        201: {
          description: `The order is placed, now or when this key was first sent (in the last ${keyDays} days).`,
          schema: orderSchema,
          headers: { Location: 'Address of the order.' },
        },
        409: 'There are not enough pieces of a product.',
        422: 'There is no such product, or the key belongs to another order.',
      },
      async answer(ctx, { headers, body, caller }) {
        const { status, body: order } = answered(
          body.lines,
          await checkout(deps.checkout, {
            customerId: caller.id,
            key: headers['idempotency-key'],
            lines: body.lines,
          }),
        );
        ctx.status = status;
        ctx.set('Content-Type', 'application/json; charset=utf-8');
        ctx.set('Location', `/orders/${JSON.parse(order).id}`);
        ctx.body = order;
      },
    }),
    route({
      method: 'get',
      path: '/orders',
      tag: 'Orders',
      summary: 'Own orders, newest first, page by page',
      access: 'customer',
      query: z.object({
        limit: wholeNumber(1, 100).default(20),
        offset: wholeNumber(0, 1_000_000).default(0),
      }),
      answers: { 200: { description: 'One page.', schema: orderPageSchema } },
      async answer(ctx, { query, caller }) {
        ctx.body = await readHistory(deps.history, { customerId: caller.id, ...query });
      },
    }),
    route({
      method: 'get',
      path: '/orders/:id',
      tag: 'Orders',
      summary: 'One of the own orders',
      access: 'customer',
      params: idParams,
      answers: {
        200: { description: 'The order.', schema: orderSchema },
        404: 'The caller has no such order.',
      },
      async answer(ctx, { params, caller }) {
        ctx.body = await readOrder(deps.history, { customerId: caller.id, id: params.id });
      },
    }),
  ];
}

function answered(
  lines: readonly { productId: number }[],
  result: CheckoutResult,
): { status: number; body: string } {
  const at = (productId: number, field: string): string =>
    `lines.${lines.findIndex((line) => line.productId === productId)}.${field}`;
  switch (result.kind) {
    case 'placed':
    case 'replayed':
      return result;
    case 'out of stock':
      throw new Problem(
        409,
        'Out of stock',
        `Product ${result.productId} has ${result.left} left, and ${result.wanted} were ordered; nothing was taken.`,
        {
          errors: [
            { in: 'body', parameter: at(result.productId, 'quantity'), message: 'is more than there are' },
          ],
        },
      );
    case 'no such product':
      throw new Problem(
        422,
        'Unknown product',
        `There is no product ${result.productId}; nothing was taken.`,
        { errors: [{ in: 'body', parameter: at(result.productId, 'productId'), message: 'is not known' }] },
      );
    case 'key used otherwise':
      throw new Problem(
        422,
        'Idempotency key used',
        'This Idempotency-Key belongs to another order; send a new key with a new order.',
        { errors: [{ in: 'header', parameter: 'idempotency-key', message: 'belongs to another order' }] },
      );
    default:
      return result satisfies never;
  }
}
