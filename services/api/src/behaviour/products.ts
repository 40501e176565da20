import assert from 'node:assert/strict';
import type { Product } from '../store/product.ts';
import { bearer, regularId } from '../testing/callers.ts';
import type { TestShop } from '../testing/shop.ts';
import { asks, type Exchange, tells } from './exchange.ts';

const list = (query: string) => asks('GET /products', `/products${query}`);
const product = (id: string) => asks('GET /products/:id', `/products/${id}`);

export const productExchanges: readonly Exchange[] = [
  ...[
    '',
    '?category=kitchen',
    '?category=kitchen&offset=20',
    '?category=kitchen&offset=80',
    '?category=audio&limit=7&offset=3',
    '?category=audio&offset=100000',
    '?offset=1990',
    '?limit=100',
    '?limit=1',
    ...['newest', 'price', '-price', 'name', 'rating'].flatMap((sort) => [
      `?sort=${sort}`,
      `?sort=${sort}&category=garden&offset=10&limit=10`,
    ]),
    '?reviewed=true&category=printing&limit=5',
    '?reviewed=true&category=bedding&q=oak&sort=rating',
    '?since=2025-12-01&limit=5',
    '?since=2025-10-15&category=storage&sort=rating&limit=5',
    '?since=2026-02-30',
    '?reviewed=yes',
    '?after=nonsense',
    '?after=WyJuYW1lIiwyMCwiQSIsMV0',
    '?sort=name&after=WyJuYW1lIiwyMCwiQSIsMV0&offset=3',
    '?q=oak',
    '?q=use.',
    '?q=screws+and',
    '?q=Größe',
    '?q=OAK+daily',
    '?q=daily+oak',
    '?q=nothinglikethis',
    '?q=%25',
    '?q=%27%20or%201%3D1',
    '?q=chair&category=camping&sort=price',
    '?utm_source=letter&limit=2',
    '?limit=0',
    '?limit=101',
    '?limit=ten',
    '?offset=-1',
    '?sort=worst',
    '?category=Kitchen',
    '?category=kitchen&category=audio',
    '?category=unknown',
    '?q=a+b+c+d+e+f',
    '?limit=0&offset=x&sort=worst',
  ].map(list),
  ...['1', '2000', '2001', '0', 'seventeen', '999999999999'].map(product),
  // nginx refuses it itself.
  { ...product('%zz'), isOneRequest: false },
  ...['1', '2', '1999', '2001', 'seventeen'].map((id) =>
    asks('GET /products/:id/related', `/products/${id}/related`),
  ),
  ...['', 'sort=price&', 'sort=name&reviewed=true&', 'sort=rating&', 'q=oak&sort=-price&'].map((query) =>
    tells(`three pages of ${query}category=climbing, one after another`, ['GET /products'], async (shop) => {
      const pages: unknown[] = [];
      let path: string | null = `/products?${query}category=climbing&limit=4`;
      while (path !== null && pages.length < 3) {
        const page: { next: string | null } = await shop.json(path);
        pages.push(page);
        path = page.next;
      }
      return pages;
    }),
  ),
  asks('GET /products', '/products?category=kitchen', { method: 'HEAD' }),
  asks('GET /products', '/products', { method: 'PUT' }),
  asks('GET /products/:id', '/products/1', { method: 'DELETE' }),

  tells(
    'a changed stock is seen at once, in the product and in its lists',
    ['PATCH /products/:id/stock', 'GET /products', 'GET /products/:id'],
    async (shop) => {
      const path = '/products?category=wearables&limit=5';
      const { id, stock: before } = await fifth(shop, path);
      await shop.get(`/products/${id}`);
      const told: number[] = [];
      for (const stock of [0, 4711, before]) {
        assert.equal((await shop.setStock(id, stock)).status, 204);
        const alone = await shop.json<Product>(`/products/${id}`);
        told.push(alone.stock, (await fifth(shop, path)).stock);
      }
      return told;
    },
  ),

  tells(
    'an answer that the client holds is not sent again where the HTTP cache is on',
    ['GET /products'],
    async (shop) => {
      const path = '/products?category=lighting';
      const first = await shop.get(path);
      const etag = first.headers.get('etag');
      if (!shop.optimizations.has('http-cache')) {
        assert.equal(etag, null);
        assert.equal(first.headers.get('cache-control'), null);
        return;
      }
      assert.match(etag ?? '', /^"[\w-]{27}"$/);
      assert.equal(first.headers.get('cache-control'), 'public, max-age=0, must-revalidate');
      const again = await shop.get(path, { headers: { 'if-none-match': etag ?? '' } });
      assert.deepEqual([again.status, again.body, again.headers.get('etag')], [304, '', etag]);
      const other = await shop.get(path, { headers: { 'if-none-match': '"older"' } });
      assert.equal(other.status, 200);
      assert.ok(other.body === first.body);
    },
  ),

  tells(
    'a validator ends with the answer that it was made for',
    ['GET /products/:id', 'PATCH /products/:id/stock'],
    async (shop) => {
      const first = await shop.get('/products/77');
      const { stock }: Product = JSON.parse(first.body);
      await shop.setStock(77, stock + 1);
      const etag = first.headers.get('etag') ?? '"none"';
      const again = await shop.get('/products/77', { headers: { 'if-none-match': etag } });
      assert.equal(again.status, 200);
      assert.notEqual(again.body, first.body);
      await shop.setStock(77, stock);
    },
  ),

  tells(
    'a product that the client holds since its last change is not sent again; a tag says more than a date',
    ['GET /products/:id'],
    async (shop) => {
      const { path, first, since } = await datedProduct(shop);
      const ask = async (headers: Record<string, string>) => {
        const answer = await shop.get(path, { headers });
        assert.ok(answer.body === (answer.status === 304 ? '' : first.body));
        return answer;
      };
      if (!shop.optimizations.has('http-cache')) {
        assert.equal(since, null);
        assert.equal((await ask({ 'if-modified-since': new Date().toUTCString() })).status, 200);
        return;
      }
      assert.ok(since !== null);
      const sinceMs = Date.parse(since);
      const unchanged = await ask({ 'if-modified-since': since });
      assert.equal(unchanged.status, 304);
      for (const name of ['etag', 'cache-control', 'vary']) {
        assert.equal(unchanged.headers.get(name), first.headers.get(name), name);
      }
      const older = await ask({ 'if-modified-since': new Date(sinceMs - 1000).toUTCString() });
      assert.deepEqual([older.status, older.headers.get('last-modified')], [200, since]);
      assert.equal((await ask({ 'if-modified-since': 'yesterday' })).status, 200);
      assert.equal((await ask({ 'if-modified-since': new Date(sinceMs).toISOString() })).status, 200);
      assert.equal((await ask({ 'if-modified-since': 'Fri Jan  1 00:00:00 2100' })).status, 304);
      assert.equal((await ask({ 'if-modified-since': 'Sunday, 06-Nov-94 08:49:37 GMT' })).status, 200);
      const other = await ask({ 'if-modified-since': since, 'if-none-match': '"other"' });
      assert.equal(other.status, 200);
      const etag = first.headers.get('etag') ?? '';
      const same = await ask({ 'if-modified-since': new Date(0).toUTCString(), 'if-none-match': etag });
      assert.equal(same.status, 304);
      const page = '/products?category=lighting';
      const list = await shop.get(page, { headers: { 'if-modified-since': new Date().toUTCString() } });
      assert.deepEqual([list.status, list.headers.get('last-modified')], [200, null]);
    },
  ),

  tells(
    'a date ends with the answer that it was given for, and a new one is not given in the same second',
    ['GET /products/:id', 'PATCH /products/:id/stock'],
    async (shop) => {
      const { path, id, first } = await datedProduct(shop);
      const { stock }: Product = JSON.parse(first.body);
      const headers = { 'if-modified-since': new Date().toUTCString() };
      for (const now of [stock + 1, stock]) {
        await shop.setStock(id, now);
        const again = await shop.get(path, { headers });
        assert.deepEqual([again.status, again.headers.get('last-modified')], [200, null]);
        const changed: Product = JSON.parse(again.body);
        assert.equal(changed.stock, now);
      }
    },
  ),

  tells(
    'a review is seen at once, in the product, in its lists and in their order',
    ['POST /products/:id/reviews', 'GET /products/:id', 'GET /products'],
    async (shop) => {
      const last = '/products?category=camping&sort=rating&reviewed=true&limit=1';
      const { total } = await shop.json<{ total: number }>(last);
      // The worst of its list, of which one star more makes nothing better: the order of other lists stays.
      const worst = `${last}&offset=${total - 1}`;
      const [{ id, rating } = assert.fail('The list is empty.')] = await itemsOf(shop, worst);
      await shop.get(`/products/${id}`);
      const content = { rating: 1, title: ' No ', body: 'It fell apart.' };
      const answer = await shop.send('POST', `/products/${id}/reviews`, content, await bearer(regularId));
      const written = JSON.parse(answer.body);
      const after = await shop.json<Product>(`/products/${id}`);
      const [again] = await itemsOf(shop, worst);
      assert.equal(after.rating.count, rating.count + 1);
      assert.deepEqual(again?.rating, after.rating);
      const [newest] = after.reviews;
      assert.equal(newest?.id, written.id);
      return { status: answer.status, id, newest: { ...newest, id: null, createdAt: null } };
    },
  ),

  tells('errors are problems and are kept by nobody', ['GET /products'], async (shop) => {
    const answer = await shop.get('/products?limit=0&offset=x');
    const { errors } = JSON.parse(answer.body);
    return {
      type: answer.headers.get('content-type'),
      cacheControl: answer.headers.get('cache-control'),
      parameters: errors.map((error: { parameter: string }) => error.parameter),
    };
  }),
];

async function itemsOf(shop: TestShop, path: string): Promise<Product[]> {
  return (await shop.json<{ items: Product[] }>(path)).items;
}

async function fifth(shop: TestShop, path: string): Promise<Product> {
  const items = await itemsOf(shop, path);
  return items[4] ?? assert.fail(`${path} has no fifth product`);
}

/** One that nobody has changed of late, where answers have dates. */
async function datedProduct(shop: TestShop) {
  for (let id = 1200; id <= 2000; id += 1) {
    const path = `/products/${id}`;
    const first = await shop.get(path);
    const since = first.headers.get('last-modified');
    if (since !== null || !shop.optimizations.has('http-cache')) return { id, path, first, since };
  }
  return assert.fail('No product has a date.');
}
