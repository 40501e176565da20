import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfig } from '../config.ts';
import { lowPort } from '../testing/ports.ts';
import { testServers } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { nginxKind } from './nginx.ts';

/** What nginx makes of instances that answer with a failure, half, or not at all; these ones only play instances. */
const failure = '{"status":500}';
const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole';

for (const { name, first, method, told, complete, asked } of [
  {
    name: 'a 500 is passed on, and nobody else is asked',
    first: `HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/problem+json\r\nContent-Length: ${failure.length}\r\n\r\n${failure}`,
    method: 'GET',
    told: [500, failure],
    complete: true,
    asked: 1,
  },
  {
    name: 'half a body stays visibly half, and nothing is sewn to it',
    first: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf',
    method: 'GET',
    told: [200, 'half'],
    complete: false,
    asked: 1,
  },
  {
    name: 'half a body in chunks stays visibly half',
    first: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
    method: 'GET',
    told: [200, 'half'],
    complete: false,
    asked: 1,
  },
  {
    name: 'without an answer to a read another instance is asked',
    first: '',
    method: 'GET',
    told: [200, 'whole'],
    complete: true,
    asked: 2,
  },
  {
    name: 'with half of the headers another instance is asked',
    first: 'HTTP/1.1 200 OK\r\nContent-Le',
    method: 'GET',
    told: [200, 'whole'],
    complete: true,
    asked: 2,
  },
  {
    name: 'without an answer to a write nobody else is asked: it may have been done',
    first: '',
    method: 'POST',
    told: [503, null],
    complete: true,
    asked: 1,
  },
] as const) {
  test(name, async (context) => {
    const upstream = await playInstances(context, first);
    const answer = await ask(upstream.port, method);
    assert.equal(answer.status, told[0]);
    if (told[1] !== null) assert.equal(answer.body, told[1]);
    else {
      assert.equal(answer.headers['retry-after'], '1');
      assert.equal(answer.headers['content-type'], 'application/problem+json');
    }
    assert.equal(answer.complete, complete);
    assert.equal(upstream.asked(), asked);
  });
}

/** Two behind nginx: whichever is asked first answers so and hangs up, later ones answer as they should. */
async function playInstances(
  context: TestContext,
  first: string,
): Promise<{ port: number; asked(): number }> {
  const folder = await mkdtemp(join(tmpdir(), 'shop-broken-'));
  const open = new Set<Socket>();
  let asked = 0;
  const sockets = [join(folder, '0.sock'), join(folder, '1.sock')];
  for (const path of sockets) {
    const server = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('data', (data: Buffer) => {
        if (!/^(GET|POST) \/asked/.test(data.toString('latin1'))) return socket.end(whole);
        asked += 1;
        socket.end(asked === 1 ? first : whole);
      });
    }).listen(path);
    await once(server, 'listening');
    context.after(() => server.close());
  }
  const { mysqlUrl, nginxPath } = testServers();
  const port = await lowPort();
  const config = readConfig({ MYSQL_URL: mysqlUrl, PORT: String(port) });
  const nginx = nginxKind({
    config,
    plan: {
      path: nginxPath,
      balance: 'round-robin',
      keepAlive: true,
      static: false,
      precompressed: false,
      http2: false,
    },
    folder,
    sockets,
    staticFolder: null,
  }).start();
  context.after(async () => {
    const exited = once(nginx, 'exit');
    nginx.kill('SIGTERM');
    await exited;
    for (const socket of open) socket.destroy();
    await rm(folder, { recursive: true, force: true });
  });
  const answers = () => ask(port, 'GET', '/ready').then(({ status }) => status === 200);
  await until(() => answers().catch(() => false));
  return { port, asked: () => asked };
}

async function ask(port: number, method: string, path = '/asked') {
  const response: IncomingMessage = await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, path, agent: false }, resolve)
      .on('error', reject)
      .end(method === 'POST' ? 'something' : undefined);
  });
  let body = '';
  response.on('data', (data: Buffer) => {
    body += data;
  });
  response.on('error', () => {});
  await new Promise((resolve) => response.once('close', resolve));
  return { status: response.statusCode, headers: response.headers, body, complete: response.complete };
}
