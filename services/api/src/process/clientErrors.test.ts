import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { problemSchema } from '../routes/openapi.ts';
import { refuseUnreadable } from './clientErrors.ts';

const policy = ['X-Content-Type-Options', 'nosniff'] as const;
const host = 'Host: x\r\n';

for (const { name, text, status } of [
  { name: 'an address with a blank', text: `GET /a b HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: 'what is no HTTP', text: '\u0016\u0003\u0001\u0002 something else\r\n\r\n', status: 400 },
  { name: 'headers without an end', text: `GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, status: 431 },
  {
    name: 'chunks with more beside them than in them',
    text: `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1;${'z'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
    status: 413,
  },
  { name: 'half of the headers', text: `GET / HTTP/1.1\r\n${host}`, status: 408 },
  {
    name: 'half of a body',
    text: `POST / HTTP/1.1\r\n${host}Content-Length: 9\r\n\r\nhalf`,
    status: 408,
  },
]) {
  test(`${name} is a ${status} in the form of every other failure`, async (t) => {
    // Nothing is answered before all of the request is there.
    const socket = await opened(
      t,
      (request, response) => request.resume().on('end', () => response.end()),
      // Where another answer is wanted, time has no part in it.
      status === 408 ? 300 : 60_000,
    );
    socket.write(text);
    const [head = '', body = ''] = (await toEnd(socket)).split('\r\n\r\n');
    const [line, ...headers] = head.split('\r\n');
    assert.match(line ?? '', new RegExp(`^HTTP/1\\.1 ${status} `));
    for (const wanted of [
      policy.join(': '),
      'Content-Type: application/problem+json',
      `Content-Length: ${body.length}`,
      'Cache-Control: no-store',
      'Connection: close',
    ]) {
      assert.ok(headers.includes(wanted), wanted);
    }
    assert.equal(problemSchema.parse(JSON.parse(body)).status, status);
  });
}

test('behind an answer that has begun nothing is said: the connection ends', async (t) => {
  const socket = await opened(t, (_request, response) => void response.write('half'), 60_000);
  socket.write(`GET / HTTP/1.1\r\n${host}\r\n`);
  const [begun] = await once(socket, 'data');
  assert.match(String(begun), /^HTTP\/1\.1 200 /);
  socket.write('and something else\r\n\r\n');
  assert.doesNotMatch(await toEnd(socket), /400/);
});

async function opened(t: TestContext, listener: RequestListener, timeoutMs: number): Promise<Socket> {
  const server = createServer(
    { headersTimeout: timeoutMs, requestTimeout: timeoutMs, connectionsCheckingInterval: 50 },
    listener,
  );
  refuseUnreadable(server, [policy]);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function toEnd(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (data: Buffer) => {
    received += data;
  });
  // What the server has not read any more is a reset here, behind its answer.
  socket.on('error', () => {});
  if (!socket.closed) await once(socket, 'close');
  return received;
}
