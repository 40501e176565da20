import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allOptimizations } from './optimizations/choice.ts';
import type { Order, OrderPage } from './orders/order.ts';
import type { FieldError } from './routes/input.ts';
import { bearer } from './testing/callers.ts';
import { order, rowsOf, seedOrdersDatabase, startOrdersShop } from './testing/orders.ts';
import type { Answer, TestShop } from './testing/shop.ts';

before(seedOrdersDatabase);

for (const { name, optimizations } of [
  { name: 'all off', optimizations: [] },
  { name: 'all on', optimizations: allOptimizations() },
]) {
  describe(name, () => {
    let shop: TestShop;
    before(async () => {
      shop = await startOrdersShop(optimizations);
    });
    after(() => shop.close());

    test('an order takes the pieces, keeps the prices, owes one e-mail and is in the history', async () => {
      const [first, second] = [await product(101, 50), await product(102, 50)];
      const answer = await order(shop, 1500, [
        { productId: 102, quantity: 3 },
        { productId: 101, quantity: 2 },
      ]);
      assert.equal(answer.status, 201, answer.body);
      const placed: Order = JSON.parse(answer.body);
      assert.equal(answer.headers.get('location'), `/orders/${placed.id}`);
      assert.equal(placed.total.cents, 2 * first.price_cents + 3 * second.price_cents);
      assert.deepEqual(
        placed.lines.map(({ productId, name, quantity, price }) => [productId, name, quantity, price.cents]),
        [
          [101, first.name, 2, first.price_cents],
          [102, second.name, 3, second.price_cents],
        ],
      );
      assert.deepEqual([await stock(101), await stock(102)], [48, 47]);
      const headers = await bearer(1500);
      assert.deepEqual(await shop.json<Order>(`/orders/${placed.id}`, { headers }), placed);
      const history = await shop.json<OrderPage>('/orders?limit=3', { headers });
      assert.deepEqual(history.items[0], placed);
      const emails = await rowsOf(
        shop,
        `select e.recipient, e.subject from outbox o join emails e on e.id = o.id where o.payload = ?`,
        JSON.stringify({ orderId: placed.id }),
      );
      assert.deepEqual(
        emails.map((row) => ({ ...row })),
        [{ recipient: 'customer1500@example.com', subject: `Your order ${placed.id}` }],
      );
    });

    test('a history has every order of its customer once, newest first, and none of others', async () => {
      const headers = await bearer(7);
      const seen: Order[] = [];
      for (let path: string | null = '/orders?limit=7'; path !== null; ) {
        const page: OrderPage = await shop.json(path, { headers });
        seen.push(...page.items);
        path = page.next;
      }
      const rows = await rowsOf(
        shop,
        `select o.id, o.total_cents cents, count(*) line_count from orders o join order_items i on i.order_id = o.id
         where o.customer_id = 7 group by o.id, o.total_cents, o.created_at order by o.created_at desc, o.id desc`,
      );
      assert.ok(rows.length >= 20);
      assert.deepEqual(
        seen.map(({ id, total, lines }) => [id, total.cents, lines.length]),
        rows.map((row) => [row.id, row.cents, row.line_count]),
      );
    });

    test('the order of somebody else does not exist, for staff neither', async () => {
      const [own] = await rowsOf(shop, 'select id from orders where customer_id = 7 limit 1');
      for (const caller of [await bearer(8), await bearer(2000, 'staff')]) {
        const answer = await shop.get(`/orders/${own?.id}`, { headers: caller });
        assert.equal(answer.status, 404);
        assert.match(answer.body, /You have no order/);
      }
    });

    test('what cannot be delivered takes nothing, not even its key', async () => {
      await product(111, 10);
      await product(112, 1);
      const key = crypto.randomUUID();
      const lines = [
        { productId: 111, quantity: 1 },
        { productId: 112, quantity: 2 },
      ];
      const refused = await order(shop, 1501, lines, key);
      assert.equal(refused.status, 409);
      assert.match(refused.body, /Product 112 has 1 left, and 2 were ordered/);
      assert.deepEqual(fieldsOf(refused), ['body lines.1.quantity']);
      const unknown = await order(shop, 1501, [...lines.slice(0, 1), { productId: 999_999, quantity: 1 }]);
      assert.equal(unknown.status, 422);
      assert.match(unknown.body, /no product 999999/);
      assert.deepEqual(fieldsOf(unknown), ['body lines.1.productId']);
      assert.deepEqual([await stock(111), await stock(112)], [10, 1]);
      await product(112, 5);
      assert.equal((await order(shop, 1501, lines, key)).status, 201);
    });

    test('sent 30 times at once, an order is placed once', async () => {
      await product(121, 100);
      const key = crypto.randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => order(shop, 1502, [{ productId: 121, quantity: 1 }], key)),
      );
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
      assert.equal(new Set(answers.map(({ body }) => body)).size, 1);
      assert.equal(await stock(121), 99);
    });

    test('a key belongs to one order of one customer', async () => {
      await product(131, 100);
      const key = crypto.randomUUID();
      const lines = [{ productId: 131, quantity: 1 }];
      assert.equal((await order(shop, 1503, lines, key)).status, 201);
      const other = await order(shop, 1503, [{ productId: 131, quantity: 2 }], key);
      assert.equal(other.status, 422);
      assert.match(other.body, /belongs to another order/);
      assert.deepEqual(fieldsOf(other), ['header idempotency-key']);
      assert.equal((await order(shop, 1504, lines, key)).status, 201);
      assert.equal(await stock(131), 98);
    });

    test('60 buyers of 5 pieces: 5 have them', async () => {
      await product(141, 5);
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          order(shop, 1600 + index, [{ productId: 141, quantity: 1 }]),
        ),
      );
      const count = (status: number) => answers.filter((answer) => answer.status === status).length;
      assert.deepEqual([count(201), count(409)], [5, 55]);
      assert.equal(await stock(141), 0);
    });

    async function product(id: number, pieces: number) {
      await rowsOf(shop, 'update products set stock = ? where id = ?', pieces, id);
      const [row] = await rowsOf(shop, 'select name, price_cents from products where id = ?', id);
      return row ?? assert.fail(`no product ${id}`);
    }

    async function stock(id: number): Promise<number> {
      const [row] = await rowsOf(shop, 'select stock from products where id = ?', id);
      return row?.stock;
    }
  });
}

describe('what is no order', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startOrdersShop([]);
  });
  after(() => shop.close());

  const line = { productId: 1, quantity: 1 };
  const bad: readonly { name: string; lines: readonly unknown[]; key?: string; parameter: string }[] = [
    { name: 'no line', lines: [], parameter: 'lines' },
    { name: 'a product twice', lines: [line, line], parameter: 'lines' },
    { name: 'nothing of a product', lines: [{ ...line, quantity: 0 }], parameter: 'lines.0.quantity' },
    { name: 'half a piece', lines: [{ ...line, quantity: 0.5 }], parameter: 'lines.0.quantity' },
    { name: 'a price of its own', lines: [{ ...line, priceCents: 1 }], parameter: 'lines.0.priceCents' },
    { name: 'no key', lines: [line], key: '', parameter: 'idempotency-key' },
    { name: 'a key with blanks', lines: [line], key: 'a b c d e', parameter: 'idempotency-key' },
  ];
  for (const { name, lines, key = crypto.randomUUID(), parameter } of bad) {
    test(`${name} is refused by its name`, async () => {
      const headers = { ...(await bearer(1505)), ...(key === '' ? {} : { 'idempotency-key': key }) };
      const answer = await shop.send('POST', '/orders', { lines }, headers);
      assert.equal(answer.status, 400, answer.body);
      assert.deepEqual(
        JSON.parse(answer.body).errors.map((error: { parameter: string }) => error.parameter),
        [parameter],
      );
    });
  }

  test('nobody in particular orders nothing and sees nothing', async () => {
    for (const answer of [
      await shop.send('POST', '/orders', { lines: [line] }, { 'idempotency-key': crypto.randomUUID() }),
      await shop.get('/orders'),
      await shop.get('/orders/1'),
    ]) {
      assert.equal(answer.status, 401);
    }
  });
});

/** Those that do not fit, by place and name. */
function fieldsOf({ body }: Answer): string[] {
  const { errors = [] }: { errors?: FieldError[] } = JSON.parse(body);
  return errors.map((error) => `${error.in} ${error.parameter}`);
}
