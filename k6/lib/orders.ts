import { tokenOf } from './people.ts';
import { anyOf, anyProduct, randomName } from './shop.ts';
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

export const order: Action = (visit) => {
  const { address, token } = anyOf(visit.people.orders);
  const response = visit.get(address, { Authorization: token });
  expect(response, 200, 'body is that order, and its sum is right', () => {
    const found = jsonOf<Order>(response);
    return found !== null && address.endsWith(`/${found.id}`) && found.lines.length > 0 && isSumRight(found);
  });
};

export const profile: Action = (visit) => {
  const response = visit.get('/profile', { Authorization: tokenOf(visit.people) });
  expect(response, 200, 'body is a profile', (body) => body.includes('@example.com'));
};

export const changeProfile: Action = (visit) => {
  const city = `City ${randomName()}`;
  const response = visit.patch('/profile', JSON.stringify({ city }), {
    Authorization: tokenOf(visit.people),
    'Content-Type': 'application/json',
  });
  expect(
    response,
    200,
    'body is the profile as it is now',
    () => jsonOf<{ city: string }>(response)?.city === city,
  );
};

export const review: Action = (visit) => {
  const productId = anyProduct();
  const rating = 1 + Math.floor(Math.random() * 5);
  const body = { rating, title: 'Solid', body: `Bought it for ${randomName()}, would do so again.` };
  const response = visit.post(`/products/${productId}/reviews`, JSON.stringify(body), {
    Authorization: tokenOf(visit.people),
    'Content-Type': 'application/json',
  });
  expect(response, 201, 'body is the review', () => {
    const written = jsonOf<{ productId: number; rating: number }>(response);
    return written?.productId === productId && written.rating === rating;
  });
};

function isSumRight({ total, lines }: Order): boolean {
  return total.cents === lines.reduce((sum, { quantity, price }) => sum + quantity * price.cents, 0);
}
