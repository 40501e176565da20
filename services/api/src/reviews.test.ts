import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Product } from './store/product.ts';
import { bearer } from './testing/callers.ts';
import { assertKeptDataIsRight } from './testing/keptData.ts';
import { forgetCachedAnswers } from './testing/servers.ts';
import { seedTestDatabase, startShop, type TestShop } from './testing/shop.ts';

let shop: TestShop;
before(async () => {
  await seedTestDatabase();
  await forgetCachedAnswers();
  shop = await startShop(['connection-pool', 'denormalized-rating', 'redis-cache', 'memory-cache']);
});
after(() => shop.close());

const review = { rating: 4, title: 'Good', body: 'It does what it should.' };

test('ratings, counts and words that are kept agree with what they are kept for', assertKeptDataIsRight);

test('twenty reviews of one product at once are all counted', async () => {
  const before = await ratingOf(31);
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) =>
      shop.send(
        'POST',
        '/products/31/reviews',
        { ...review, rating: 1 + (index % 5) },
        await bearer(40 + index),
      ),
    ),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  assert.equal((await ratingOf(31)).count, before.count + 20);
  await assertKeptDataIsRight();
});

const refusals: readonly {
  name: string;
  path: string;
  content: unknown;
  status: number;
  signedIn?: false;
}[] = [
  { name: 'nobody', path: '/products/9/reviews', content: review, status: 401, signedIn: false },
  { name: 'an unknown product', path: '/products/123456/reviews', content: review, status: 404 },
  { name: 'six stars', path: '/products/9/reviews', content: { ...review, rating: 6 }, status: 400 },
  { name: 'no title', path: '/products/9/reviews', content: { ...review, title: '  ' }, status: 400 },
  { name: 'another author', path: '/products/9/reviews', content: { ...review, customerId: 1 }, status: 400 },
];
for (const { name, path, content, status, signedIn = true } of refusals) {
  test(`a review is refused with ${name}, and nothing is kept of it`, async () => {
    const answer = await shop.send('POST', path, content, signedIn ? await bearer(7) : {});
    assert.equal(answer.status, status, answer.body);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    await assertKeptDataIsRight();
  });
}

async function ratingOf(id: number): Promise<Product['rating']> {
  return (await shop.json<Product>(`/products/${id}`)).rating;
}
