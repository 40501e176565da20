import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { before, test } from 'node:test';
import { bearer, staff } from '../testing/callers.ts';
import { seedTestDatabase } from '../testing/shop.ts';
import { ask, fast, start } from '../testing/supervised.ts';

/** FAULTS=whole waits until the service has had enough of them: 5 s for headers, 15 s for a whole request. */
const whole = process.env.FAULTS === 'whole';
const many = 500;

before(seedTestDatabase);

test('clients that send half a request hold nothing that others need', { timeout: 120_000 }, async (t) => {
  const shop = await start(t, { SHOP_OPTIMIZATIONS: fast, DB_POOL_SIZE: '2', LIMIT_WRITE: '1000000' });
  const open = (text: string) => {
    const socket = opened(shop.url, text);
    t.after(() => socket.destroy());
    socket.resume();
    return socket;
  };
  const { authorization } = await bearer(9);
  const order = `POST /orders HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nIdempotency-Key: half-a-body\r\nContent-Length: 1000\r\n\r\n{"lines":[`;
  const halves = [
    ...Array.from({ length: many }, () => open('GET /products/1 HTTP/1.1\r\nHost: x\r\n')),
    ...Array.from({ length: many }, () => open(order)),
  ];
  await Promise.all(halves.map((half) => once(half, 'connect')));
  const answers = await Promise.all(
    ['/readyz', '/products/1', '/products?limit=5', '/products/2', '/products/3'].map((path) =>
      ask(shop.url + path),
    ),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
  if (whole) await Promise.all(halves.map((half) => half.closed || once(half, 'close')));
});

test('clients that go away are no errors, whatever was under way for them', async (t) => {
  const shop = await start(t, { SHOP_OPTIMIZATIONS: fast, DB_POOL_SIZE: '2' });
  let output = '';
  shop.child.stdout?.on('data', (data: Buffer) => {
    output += data;
  });
  const list = 'GET /products?limit=100 HTTP/1.1\r\nHost: x\r\n\r\n';
  const half = (path: string, type: string, headers: Record<string, string>) =>
    // The service has begun with it when it says that it may go on.
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers.authorization}\r\nContent-Type: ${type}\r\nIdempotency-Key: half-a-body\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n{"lines":[`;
  const moments: readonly { text: string; leaves(socket: Socket): Promise<unknown> }[] = [
    { text: list.slice(0, 30), leaves: (socket) => once(socket, 'connect') },
    {
      text: half('/orders', 'application/json', await bearer(10)),
      leaves: (socket) => once(socket, 'data'),
    },
    {
      text: half('/imports/products', 'text/csv', await staff()),
      leaves: (socket) => once(socket, 'data'),
    },
    { text: list, leaves: (socket) => once(socket, 'connect') },
    { text: list, leaves: (socket) => once(socket, 'data') },
    // More is asked for than this client ever reads.
    { text: list.repeat(5), leaves: (socket) => once(socket, 'data') },
  ];
  for (const { text, leaves } of moments) {
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const socket = opened(shop.url, text);
        await leaves(socket);
        socket.resetAndDestroy();
      }),
    );
  }
  for (let time = 0; time < 4; time += 1) {
    assert.equal((await ask(`${shop.url}/products/${time + 1}`)).status, 200);
  }
  // With its last words.
  const closed = once(shop.child, 'close');
  assert.equal(await shop.stop('SIGTERM'), 0);
  await closed;
  assert.match(output, /"level":"info"/);
  const errors = output.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line));
  assert.deepEqual(errors, []);
});

function opened(url: string, text: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(text);
  return socket;
}
