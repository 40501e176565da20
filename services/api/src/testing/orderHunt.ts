import assert from 'node:assert/strict';
import type { Caller, Customer, Received, Sender } from './canaries.ts';
import { askAs, leaksIn } from './hunt.ts';
import { inBothSchemas, testDatabase, withMysql } from './servers.ts';

/** Of the shop's own products, and what both customers order of it. */
const product = 2;

/**
 * The orders of one customer as the other sees them, before and after the first places one more and an order changes; each
 * address is asked by the other both before and after its owner has read it. What was seen that should not be, in words.
 */
export async function ordersOfAnother(
  client: Sender,
  customers: readonly Customer[],
  anonymous: Caller,
): Promise<string[]> {
  const [ada, bob] = customers as [Customer, Customer];
  const callers = [ada, bob, anonymous];
  const leaks: string[] = [];
  const see = async (caller: Caller, path: string, status: number) => {
    const answer = await askAs(client, caller, { method: 'GET', path });
    assert.equal(answer.status, status, `${caller.name}, ${path}: ${answer.body}`);
    const found = leaksIn(answer, caller, callers, { isPublic: false });
    leaks.push(...found.map((leak) => `order of another, ${caller.name}, ${path}: ${leak}`));
    return answer;
  };
  const others = async (id: number) => {
    await see(bob, `/orders/${id}`, 404);
    await see(anonymous, `/orders/${id}`, 401);
    await see(bob, '/orders', 200);
    await see(anonymous, '/orders', 401);
    await see(bob, '/account', 200);
    await see(bob, '/exports/orders.csv?from=2026-01-01&to=2026-01-02', 403);
  };
  const all = async (id: number) => {
    await others(id);
    const own = await see(ada, `/orders/${id}`, 200);
    assert.ok(own.body.includes(ada.canary), own.body);
    assert.equal(JSON.parse((await see(ada, '/orders', 200)).body).items[0].id, id);
    assert.ok((await see(ada, '/account', 200)).body.includes(ada.canary));
    await others(id);
  };
  await all(ada.orderId);
  const key = crypto.randomUUID();
  const id = idOf(await place(client, ada, key));
  await inBothSchemas(`update orders set status = '${ada.canary}' where id = ${id}`);
  await all(id);
  // The key of another is no key to the order of another.
  const bobs = idOf(await place(client, bob, key));
  assert.notEqual(bobs, id);
  assert.equal(idOf(await place(client, ada, key)), id);
  await see(ada, `/orders/${bobs}`, 404);
  await putBack(2);
  return leaks;
}

function place(client: Sender, caller: Caller, key: string): Promise<Received> {
  return askAs(client, caller, {
    method: 'POST',
    path: '/orders',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ lines: [{ productId: product, quantity: 1 }] }),
  });
}

function idOf({ status, body }: Received): number {
  assert.equal(status, 201, body);
  return JSON.parse(body).id;
}

/** The rows of the shop are as they were seeded again. */
async function putBack(pieces: number): Promise<void> {
  await withMysql((connection) =>
    connection.query(`update ${testDatabase}_indexed.products set stock = stock + ? where id = ?`, [
      pieces,
      product,
    ]),
  );
}
