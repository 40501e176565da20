import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type Router from '@koa/router';
import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { bearer, staff } from '../testing/callers.ts';
import { testDatabase, testServers } from '../testing/servers.ts';
import { type Answer, seedTestDatabase, startShop, type TestShop } from '../testing/shop.ts';
import { documentPath } from './openapi.ts';

/** Who may call what, said once more by hand: a route that is declared with the wrong right is found here. */
const rights: Readonly<Record<string, 'anyone' | 'customer' | 'staff' | 'session'>> = {
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /openapi.json': 'anyone',
  'GET /docs': 'anyone',
  'GET /docs/{file}': 'anyone',
  'GET /products': 'anyone',
  'GET /products/{id}': 'anyone',
  'GET /products/{id}/related': 'anyone',
  'POST /products/{id}/reviews': 'customer',
  'PATCH /products/{id}/stock': 'staff',
  'POST /auth/sign-up': 'anyone',
  'POST /auth/sign-in': 'anyone',
  'POST /auth/refresh': 'anyone',
  'POST /auth/sign-out': 'anyone',
  'GET /profile': 'customer',
  'PATCH /profile': 'customer',
  'POST /orders': 'customer',
  'GET /orders': 'customer',
  'GET /orders/{id}': 'customer',
  'GET /exports/orders.csv': 'staff',
  'POST /imports/products': 'staff',
  'GET /imports/{id}': 'staff',
  'POST /reports/monthly': 'staff',
  'GET /reports/{id}': 'staff',
  'GET /account': 'session',
  'GET /account/sign-in': 'anyone',
  'POST /account/sign-in': 'anyone',
  'POST /account/sign-out': 'anyone',
  'GET /images/products/{file}': 'anyone',
  'GET /assets/{file}': 'anyone',
};

interface Operation {
  operationId: string;
  summary: string;
  security: object[];
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
  parameters: { name: string; in: string; required: boolean; schema: object }[];
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

let shop: TestShop;
let document: Document;
before(async () => {
  await seedTestDatabase();
  shop = await startShop(['indexes', 'connection-pool']);
  document = await shop.json('/openapi.json');
});
after(() => shop.close());

describe('the document of the API', () => {
  test('has the routes of the router, all of them and no other', async () => {
    const { mysqlUrl, redisUrl } = testServers();
    const config = readConfig({ MYSQL_URL: mysqlUrl, REDIS_URL: redisUrl, SHOP_DATABASE: testDatabase });
    const app = createApp({ config, log: createLog('silent') });
    const routed = app.koa.middleware
      .flatMap((middleware) => (middleware as { router?: Router }).router?.stack ?? [])
      .flatMap(({ path, methods }) =>
        methods
          .filter((method) => method !== 'HEAD')
          .map((method) => `${method} ${documentPath(String(path))}`),
      );
    await app.close();
    assert.deepEqual(
      operations()
        .map(({ name }) => name)
        .toSorted(),
      routed.toSorted(),
    );
  });

  test('names each operation once, with a sentence and every status that can come', () => {
    const all = operations();
    assert.equal(document.openapi, '3.1.0');
    assert.equal(new Set(all.map(({ operation }) => operation.operationId)).size, all.length);
    for (const { name, operation } of all) {
      assert.ok(operation.summary.length > 5, name);
      assert.ok(Object.keys(operation.responses).length > 1, name);
      for (const parameter of name.matchAll(/\{(\w+)\}/g)) {
        assert.ok(
          operation.parameters.some(({ name: told, in: place }) => told === parameter[1] && place === 'path'),
          `${name}: ${parameter[1]}`,
        );
      }
    }
  });
});

describe('every route, every role', () => {
  test('the table of rights has the routes of the document', () => {
    assert.deepEqual(
      operations()
        .map(({ name }) => name)
        .toSorted(),
      Object.keys(rights).toSorted(),
    );
  });

  for (const [name, who] of Object.entries(rights)) {
    test(`${name} is for ${who}`, async () => {
      const answers = {
        nobody: await call(name, {}),
        customer: await call(name, await bearer(1)),
        // A token may say what it likes; the database knows.
        pretender: await call(name, await bearer(1, 'staff')),
        staff: await call(name, await staff()),
      };
      const refused = Object.entries(answers)
        .filter(([, answer]) => isRefusal(name, answer))
        .map(([caller, { status }]) => `${caller} ${status}`);
      const wanted = {
        anyone: [],
        customer: ['nobody 401'],
        staff: ['nobody 401', 'customer 403', 'pretender 403'],
        session: ['nobody 303', 'customer 303', 'pretender 303', 'staff 303'],
      }[who];
      assert.deepEqual(refused, wanted);
    });
  }
});

describe('what belongs to another customer', () => {
  test('is not there: an order is 404 for all but its own, staff too, with the words of one that never was', async () => {
    const { items } = await shop.json<{ items: { id: number }[] }>('/orders', { headers: await bearer(7) });
    const id = items[0]?.id ?? assert.fail('customer 7 has no order');
    assert.equal((await shop.get(`/orders/${id}`, { headers: await bearer(7) })).status, 200);
    for (const headers of [await bearer(8), await staff()]) {
      const foreign = await shop.get(`/orders/${id}`, { headers });
      const never = await shop.get('/orders/99999999', { headers });
      assert.equal(foreign.status, 404);
      assert.equal(foreign.body.replaceAll(String(id), 'N'), never.body.replaceAll('99999999', 'N'));
    }
  });

  test('is in no list', async () => {
    const seen = new Map<number, number>();
    for (const customer of [7, 8, 9]) {
      const { items } = await shop.json<{ items: { id: number }[] }>('/orders?limit=100', {
        headers: await bearer(customer),
      });
      for (const { id } of items) {
        assert.equal(seen.get(id), undefined, `order ${id} is shown to ${customer} and ${seen.get(id)}`);
        seen.set(id, customer);
      }
    }
  });
});

function operations(): { name: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
}

/** With input that fits nothing, so that whoever may call changes nothing; rights come before input. */
function call(name: string, headers: Record<string, string>): Promise<Answer> {
  const [method = '', path = ''] = name.split(' ');
  const address = path.replace('{id}', '999999').replace('{file}', 'none');
  return method === 'GET' ? shop.get(address, { headers }) : shop.send(method, address, {}, headers);
}

function isRefusal(name: string, { status, headers }: Answer): boolean {
  const goesThere = name === 'POST /account/sign-out';
  const isToSignIn = !goesThere && status === 303 && headers.get('location') === '/account/sign-in';
  return status === 401 || status === 403 || isToSignIn;
}
