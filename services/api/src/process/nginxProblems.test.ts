import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { schemaName } from '../db/schema.ts';
import { staff } from '../testing/callers.ts';
import { testDatabase, withMysql } from '../testing/servers.ts';
import { seedTestDatabase } from '../testing/shop.ts';
import { ask, fast, start } from '../testing/supervised.ts';
import { until } from '../testing/until.ts';

before(seedTestDatabase);

describe('what nginx says by itself', () => {
  const refused: readonly { name: string; path: string; headers?: Record<string, string>; status: number }[] =
    [
      { name: 'an address that cannot be read', path: '/products/%zz', status: 400 },
      { name: 'an address without an end', path: `/products?q=${'x'.repeat(10_000)}`, status: 414 },
      {
        name: 'a header without an end',
        path: '/products',
        headers: { 'X-A': 'y'.repeat(10_000) },
        status: 431,
      },
      { name: 'an address that nginx keeps for itself', path: '/.refused/400', status: 404 },
    ];
  const secure = ['content-security-policy', 'x-content-type-options', 'strict-transport-security'];
  test('is problem+json, as the service would say it', async (t) => {
    const shop = await start(t, {
      SHOP_OPTIMIZATIONS: `${fast},nginx-static`,
      PUBLIC_URL: 'https://shop.invalid',
    });
    const headersOf = ({ headers }: Awaited<ReturnType<typeof ask>>) => secure.map((name) => headers[name]);
    const own = headersOf(await ask(`${shop.url}/nothing`));
    assert.ok(own.every((value) => value !== undefined));
    for (const { name, path, headers = {}, status } of refused) {
      const answer = await ask(shop.url + path, headers);
      assert.deepEqual([answer.status, answer.type], [status, 'application/problem+json'], name);
      assert.equal(JSON.parse(answer.body).status, status, name);
      assert.deepEqual(headersOf(answer), own, name);
    }
    assert.deepEqual(headersOf(await ask(`${shop.url}/images/products/7.webp`)), own);
    const conditions = { 'If-Match': '"another"', 'If-Unmodified-Since': 'Thu, 01 Jan 1970 00:00:00 GMT' };
    for (const [name, value] of Object.entries(conditions)) {
      const sheet = await ask(`${shop.url}/assets/shop.css`, { [name]: value });
      assert.deepEqual([sheet.status, sheet.type], [200, 'text/css; charset=utf-8'], name);
    }
    const far = await ask(`${shop.url}/images/products/7.webp`, { Range: 'bytes=9999999-' });
    assert.equal(far.status, 200);
  });

  test('is not that an import takes too long', async (t) => {
    const shop = await start(t, {
      SHOP_OPTIMIZATIONS: `${fast},upstream-keepalive`,
      NGINX_READ_TIMEOUT_MS: '300',
      LIMIT_HEAVY: '1000000',
    });
    const headers = await staff();
    const schema = schemaName(testDatabase, true);
    const forgetImports = () => withMysql((connection) => connection.query(`delete from ${schema}.imports`));
    await forgetImports();
    t.after(forgetImports);
    const answer = await withMysql(async (connection) => {
      await connection.query(`use ${schema}`);
      // Another one is under way: this one waits for its turn.
      await connection.query(
        `insert into imports (customer_id, state, row_count, first_product_id, created_at, owner, until)
         values (2000, 'running', 0, 0, utc_timestamp(3), 'a test', utc_timestamp(3) + interval 1 hour)`,
      );
      const importing = fetch(`${shop.url}/imports/products`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'text/csv' },
        body: 'sku,name,summary,category,price_cents,stock,weight_grams\n',
      });
      // Told to whoever waits for it below.
      importing.catch(() => {});
      await until(async () => {
        const [waiting] = await connection.query<RowDataPacket[]>(
          `select id from imports where state = 'queued'`,
        );
        return waiting.length === 1;
      });
      assert.match(await changeThatWaits(shop.url, connection), /No instance of the service answers/);
      await connection.query(`delete from imports where owner = 'a test'`);
      return importing;
    });
    const { state } = (await answer.json()) as { state: string };
    assert.deepEqual([answer.status, state], [202, 'done']);
  });
});

/** For a row that is held until there is an answer: it takes as long as nginx waits. */
async function changeThatWaits(url: string, connection: Connection): Promise<string> {
  await connection.query('start transaction');
  const [[product]] = await connection.query<RowDataPacket[]>(
    'select stock from products where id = 1 for update',
  );
  const answer = await fetch(`${url}/products/1/stock`, {
    method: 'PATCH',
    headers: { ...(await staff()), 'content-type': 'application/json' },
    body: JSON.stringify({ stock: product?.stock }),
  });
  const body = await answer.text();
  await connection.query('rollback');
  return body;
}
