import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { forgetCachedAnswers } from './testing/servers.ts';
import {
  type Answer,
  seedTestDatabase,
  startShop,
  type TestShop,
  untilReady,
  variants,
} from './testing/shop.ts';

/** Every variant must give the baseline's answers: they may differ in speed only. */
const requests: readonly { path: string; method?: string }[] = [
  { path: '/products' },
  { path: '/products?category=kitchen' },
  { path: '/products?category=kitchen&offset=20' },
  { path: '/products?category=kitchen&offset=80' },
  { path: '/products?category=audio&limit=7&offset=3' },
  { path: '/products?category=audio&offset=100000' },
  { path: '/products?offset=1990' },
  { path: '/products?limit=100' },
  { path: '/products?limit=1' },
  ...['newest', 'price', '-price', 'name'].flatMap((sort) => [
    { path: `/products?sort=${sort}` },
    { path: `/products?sort=${sort}&category=garden&offset=10&limit=10` },
  ]),
  { path: '/products?q=oak' },
  { path: '/products?q=OAK+daily' },
  { path: '/products?q=daily+oak' },
  { path: '/products?q=nothinglikethis' },
  { path: '/products?q=%25' },
  { path: '/products?q=%27%20or%201%3D1' },
  { path: '/products?q=chair&category=camping&sort=price' },
  { path: '/products?utm_source=letter&limit=2' },
  { path: '/products?limit=0' },
  { path: '/products?limit=101' },
  { path: '/products?limit=ten' },
  { path: '/products?offset=-1' },
  { path: '/products?sort=worst' },
  { path: '/products?category=Kitchen' },
  { path: '/products?category=kitchen&category=audio' },
  { path: '/products?category=unknown' },
  { path: '/products?q=a+b+c+d+e+f' },
  { path: '/products?limit=0&offset=x&sort=worst' },
  { path: '/products/1' },
  { path: '/products/2000' },
  { path: '/products/2001' },
  { path: '/products/0' },
  { path: '/products/seventeen' },
  { path: '/products/999999999999' },
  { path: '/products/%zz' },
  { path: '/unknown' },
  { path: '/healthz' },
  { path: '/products?category=kitchen', method: 'HEAD' },
  { path: '/products', method: 'POST' },
  { path: '/products/1', method: 'DELETE' },
];

let baseline: TestShop;
const expected = new Map<string, Answer>();

before(async () => {
  await seedTestDatabase();
  await forgetCachedAnswers();
  baseline = await startShop([]);
  for (const request of requests) expected.set(nameOf(request), await send(baseline, request));
});
after(() => baseline.close());

for (const { name, optimizations } of variants) {
  describe(name, () => {
    let shop: TestShop;
    before(async () => {
      await forgetCachedAnswers();
      shop = await startShop(optimizations);
      await untilReady(shop);
    });
    after(() => shop.close());

    for (const request of requests) {
      test(`${nameOf(request)} answers like the baseline, cold and warm`, async () => {
        const wanted = expected.get(nameOf(request));
        for (const _ of ['cold', 'warm']) {
          const answer = await send(shop, request);
          assert.equal(answer.status, wanted?.status);
          assert.ok(answer.body === wanted?.body, 'the bodies differ');
          for (const header of ['content-type', 'content-length', 'allow']) {
            assert.equal(answer.headers.get(header), wanted?.headers.get(header), header);
          }
        }
      });
    }

    test('a changed stock is seen at once, in the product and in its lists', async () => {
      const list = '/products?category=wearables&limit=50';
      const id: number = JSON.parse((await shop.get(list)).body).items[4].id;
      await shop.get(`/products/${id}`);
      for (const stock of [0, 4711, 12]) {
        assert.equal((await shop.setStock(id, stock)).status, 204);
        assert.equal(JSON.parse((await shop.get(`/products/${id}`)).body).stock, stock);
        assert.equal(JSON.parse((await shop.get(list)).body).items[4].stock, stock);
      }
    });

    test('an answer that the client holds is not sent again where the HTTP cache is on', async () => {
      const first = await shop.get('/products?category=lighting');
      const etag = first.headers.get('etag');
      if (!optimizations.includes('http-cache')) {
        assert.equal(etag, null);
        assert.equal(first.headers.get('cache-control'), null);
        return;
      }
      assert.match(etag ?? '', /^"[\w-]{27}"$/);
      assert.equal(first.headers.get('cache-control'), 'public, max-age=0, must-revalidate');
      const again = await shop.get('/products?category=lighting', {
        headers: { 'if-none-match': etag ?? '' },
      });
      assert.deepEqual([again.status, again.body, again.headers.get('etag')], [304, '', etag]);
      const other = await shop.get('/products?category=lighting', {
        headers: { 'if-none-match': '"older"' },
      });
      assert.equal(other.status, 200);
      assert.ok(other.body === first.body);
    });

    test('a validator ends with the answer that it was made for', async () => {
      const id = 77;
      const first = await shop.get(`/products/${id}`);
      await shop.setStock(id, JSON.parse(first.body).stock + 1);
      const again = await shop.get(`/products/${id}`, {
        headers: { 'if-none-match': first.headers.get('etag') ?? '"none"' },
      });
      assert.equal(again.status, 200);
      assert.notEqual(again.body, first.body);
    });

    test('errors are problems and are kept by nobody', async () => {
      const answer = await shop.get('/products?limit=0&offset=x');
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.deepEqual(
        JSON.parse(answer.body).errors.map((error: { parameter: string }) => error.parameter),
        ['limit', 'offset'],
      );
    });

    test('the service says that it is ready and with what', async () => {
      const answer = await shop.get('/readyz');
      assert.deepEqual(JSON.parse(answer.body), {
        status: 'ready',
        parts: optimizations.includes('redis-cache') ? ['database', 'cache'] : ['database'],
      });
    });
  });
}

function nameOf({ method = 'GET', path }: { method?: string; path: string }): string {
  return `${method} ${path}`;
}

function send(shop: TestShop, { method = 'GET', path }: { method?: string; path: string }): Promise<Answer> {
  return shop.get(path, { method });
}
