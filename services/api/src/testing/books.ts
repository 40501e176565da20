import assert from 'node:assert/strict';
import type { RowDataPacket } from 'mysql2/promise';
import { type OrderLine, order } from './orders.ts';
import type { Answer, TestShop } from './shop.ts';
import type { Tally } from './tally.ts';

const pieces = 100_000;
/** Of these the tests of faults order, and of nothing else. */
export const ordered = [301, 302, 303, 304, 305, 306, 307, 308, 309, 310] as const;

type Ask = (sql: string, ...values: unknown[]) => Promise<RowDataPacket[]>;

/** What was there, what was sold and what is left must fit together after any fault. */
export class Books {
  readonly #ask: Ask;
  readonly #since: number;

  static async open(ask: Ask): Promise<Books> {
    await ask('update products set stock = ? where id in (?)', pieces, ordered);
    const [last] = await ask('select max(id) id from orders');
    return new Books(ask, last?.id);
  }

  private constructor(ask: Ask, since: number) {
    this.#ask = ask;
    this.#since = since;
  }

  async orders(): Promise<number> {
    const [row] = await this.#ask('select count(*) n from orders where id > ?', this.#since);
    return row?.n;
  }

  /** Number of orders since then, each of them whole. */
  async balance(): Promise<number> {
    const sold = await this.#ask(
      `select p.id, p.stock + coalesce(sum(i.quantity), 0) pieces from products p
       left join order_items i on i.product_id = p.id and i.order_id > ? where p.id in (?) group by p.id, p.stock`,
      this.#since,
      ordered,
    );
    for (const row of sold) assert.equal(Number(row.pieces), pieces, `pieces of product ${row.id}`);
    const totals = await this.#ask(
      `select o.id, o.total_cents, coalesce(sum(i.quantity * i.price_cents), 0) cents, count(i.id) line_count from orders o
       left join order_items i on i.order_id = o.id where o.id > ? group by o.id, o.total_cents`,
      this.#since,
    );
    for (const row of totals) assert.equal(Number(row.cents), row.total_cents, `total of order ${row.id}`);
    const keys = await this.#ask('select status, body from idempotency_keys');
    const answered = keys.map((row) => JSON.parse(row.body ?? '{}').id).filter((id) => id > this.#since);
    const owed = await this.#ask(
      `select o.payload from outbox o join emails e on e.id = o.id where o.kind = 'email'`,
    );
    const promised = owed.map((row) => JSON.parse(row.payload).orderId).filter((id) => id > this.#since);
    const ids = totals.map((row) => row.id).sort((a, b) => a - b);
    assert.deepEqual(
      answered.toSorted((a, b) => a - b),
      ids,
      'one key for each order',
    );
    assert.deepEqual(
      promised.toSorted((a, b) => a - b),
      ids,
      'one e-mail for each order',
    );
    return ids.length;
  }
}

/** Three different ones of the ten. */
export function linesOf(seed: number): OrderLine[] {
  return [0, 3, 7].map((step) => ({
    productId: ordered[(seed + step) % ordered.length] ?? ordered[0],
    quantity: 1 + ((seed + step) % 3),
  }));
}

/** As a client that does not know what became of its order: again, with the same key. */
export async function orderUntilPlaced(
  shop: TestShop,
  customerId: number,
  lines: readonly OrderLine[],
  refused: Tally,
): Promise<void> {
  const key = crypto.randomUUID();
  for (const deadlineMs = performance.now() + 60_000; performance.now() < deadlineMs; ) {
    const answer: Answer = await order(shop, customerId, lines, key);
    if (answer.status === 201) return;
    assert.equal(answer.status, 503, answer.body);
    assert.doesNotMatch(answer.body, /select|insert|ECONN|127\.0\.0\.1/);
    refused.add();
  }
  assert.fail('An order was not placed within 60 s.');
}
