import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RowDataPacket } from 'mysql2/promise';
import type { Product } from './store/product.ts';
import { staff } from './testing/callers.ts';
import { testDatabase, withMysql } from './testing/servers.ts';
import { seedTestDatabase, startShop, type TestShop } from './testing/shop.ts';

/** What the answers mean, held against SQL written for the test; that all variants give them is in behaviour.test.ts. */
let shop: TestShop;
before(async () => {
  await seedTestDatabase();
  shop = await startShop([]);
});
after(() => shop.close());

test('following next shows every product of a category once, newest first', async () => {
  const seen: number[] = [];
  let path: string | null = '/products?category=photo';
  while (path !== null) {
    const page: { items: Product[]; next: string | null; total: number } = await pageAt(path);
    seen.push(...page.items.map(({ id }) => id));
    path = page.next;
    if (path === null) assert.equal(seen.length, page.total);
  }
  const rows = await query(
    "select p.id from products p join categories c on c.id = p.category_id where c.slug = 'photo' order by p.created_at desc, p.id desc",
  );
  assert.deepEqual(
    seen,
    rows.map(({ id }) => id),
  );
});

test('a product of a list carries category, rating, newest three reviews with their authors, and stock', async () => {
  const { items } = await pageAt('/products?category=cycling&sort=name&limit=100');
  for (const item of items) {
    const [product] = await query(
      `select p.stock, c.name category, count(r.id) reviews, round(avg(r.rating), 2) average
       from products p join categories c on c.id = p.category_id left join reviews r on r.product_id = p.id
       where p.id = ? group by p.id, p.stock, c.name`,
      item.id,
    );
    const reviews = await query(
      `select r.id, r.rating, r.title, r.body, u.name author, date_format(r.created_at, '%Y-%m-%dT%H:%i:%s.000Z') createdAt
       from reviews r join customers u on u.id = r.customer_id where r.product_id = ?
       order by r.created_at desc, r.id desc limit 3`,
      item.id,
    );
    assert.equal(item.stock, product?.stock);
    assert.deepEqual(item.category, { slug: 'cycling', name: product?.category });
    assert.equal(item.rating.count, product?.reviews);
    assert.equal(item.rating.average, product?.average === null ? null : Number(product?.average));
    assert.deepEqual(
      item.reviews,
      reviews.map((review) => ({ ...review })),
    );
  }
});

test('a product without reviews has no average', async () => {
  const [row] = await query(
    'select id from products where id not in (select product_id from reviews) order by id limit 1',
  );
  const product: Product = JSON.parse((await shop.get(`/products/${row?.id}`)).body);
  assert.deepEqual([product.rating, product.reviews], [{ average: null, count: 0 }, []]);
});

test('a product alone has its long texts too', async () => {
  const [row] = await query('select description, specification, weight_grams from products where id = 5');
  const product = JSON.parse((await shop.get('/products/5')).body);
  assert.equal(product.description, row?.description);
  assert.equal(product.specification, row?.specification);
  assert.equal(product.weightGrams, row?.weight_grams);
});

test('text finds whole words in name and summary, in any order and case', async () => {
  const { items, total } = await pageAt('/products?q=Daily%20oak&limit=100');
  assert.ok(total > 0);
  for (const { name, summary } of items) {
    assert.match(`${name} ${summary}`, /\boak\b/i);
    assert.match(`${name} ${summary}`, /\bdaily\b/i);
  }
  const [row] = await query(
    "select count(*) n from products where name regexp '\\\\boak\\\\b' and summary regexp '\\\\bdaily\\\\b'",
  );
  assert.equal(total, row?.n);
  assert.equal((await pageAt('/products?q=dail')).total, 0);
});

test('prices are sorted both ways', async () => {
  const up = (await pageAt('/products?sort=price&limit=100')).items.map(({ price }) => price.cents);
  assert.deepEqual(
    up,
    up.toSorted((a, b) => a - b),
  );
  const down = (await pageAt('/products?sort=-price&limit=100')).items.map(({ price }) => price.cents);
  assert.deepEqual(
    down,
    down.toSorted((a, b) => b - a),
  );
});

const badBodies: readonly { name: string; body: string; type: string; status: number }[] = [
  { name: 'no JSON', body: '{', type: 'application/json', status: 400 },
  { name: 'negative stock', body: '{"stock":-1}', type: 'application/json', status: 400 },
  { name: 'half a piece', body: '{"stock":1.5}', type: 'application/json', status: 400 },
  { name: 'another property', body: '{"stock":1,"price":1}', type: 'application/json', status: 400 },
  { name: 'a form', body: 'stock=1', type: 'application/x-www-form-urlencoded', status: 415 },
  { name: 'text that is JSON', body: '{"stock":1}', type: 'text/plain', status: 415 },
  { name: 'too much', body: `{"stock":1${' '.repeat(2000)}}`, type: 'application/json', status: 413 },
];
for (const { name, body, type, status } of badBodies) {
  test(`setting a stock refuses ${name}`, async () => {
    const answer = await shop.get('/products/9/stock', {
      method: 'PATCH',
      headers: { 'content-type': type, ...(await staff()) },
      body,
    });
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  });
}

test('the stock of an unknown product cannot be set', async () => {
  assert.equal((await shop.setStock(123_456, 1)).status, 404);
});

async function pageAt(path: string): Promise<{ items: Product[]; next: string | null; total: number }> {
  const answer = await shop.get(path);
  assert.equal(answer.status, 200, answer.body);
  return JSON.parse(answer.body);
}

function query(sql: string, ...values: unknown[]): Promise<RowDataPacket[]> {
  return withMysql(async (connection) => {
    await connection.query(`use ${testDatabase}_plain`);
    return (await connection.query<RowDataPacket[]>(sql, values))[0];
  });
}
