import { tokenOf } from './people.ts';
import { anyOf } from './shop.ts';
import { type Action, expect, jsonOf } from './visits.ts';

interface Order {
  id: number;
  total: { cents: number };
  lines: { productId: number; quantity: number; price: { cents: number } }[];
}

/** One or two products, one piece each: what a scenario sells in an hour is still in stock. */
export const checkout: Action = (visit) => {
  const wanted = [...new Set([anyOf(visit.people.ordered), anyOf(visit.people.ordered)])];
  const response = visit.post(
    '/orders',
    JSON.stringify({ lines: wanted.map((productId) => ({ productId, quantity: 1 })) }),
    {
      Authorization: tokenOf(visit.people),
      'Content-Type': 'application/json',
      'Idempotency-Key': `k6-${randomName()}-${randomName()}`,
    },
  );
  expect(response, 201, 'body is the order, and its sum is right', () => {
    const order = jsonOf<Order>(response);
    return order !== null && order.lines.length === wanted.length && isSumRight(order);
  });
};

export const history: Action = (visit) => {
  const response = visit.get('/orders', { Authorization: tokenOf(visit.people) });
  expect(response, 200, 'body is a page of orders with their lines', () => {
    const page = jsonOf<{ items: Order[]; total: number }>(response);
    return page !== null && page.items.length > 0 && page.items.every(isSumRight);
  });
};

export const profile: Action = (visit) => {
  const response = visit.get('/profile', { Authorization: tokenOf(visit.people) });
  expect(response, 200, 'body is a profile', (body) => body.includes('@example.com'));
};

function isSumRight({ total, lines }: Order): boolean {
  return total.cents === lines.reduce((sum, { quantity, price }) => sum + quantity * price.cents, 0);
}

function randomName(): string {
  return Math.random().toString(36).slice(2, 12);
}
