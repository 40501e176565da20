import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Agent, type IncomingMessage, request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { readConfig } from '../config.ts';
import type { Balance } from '../optimizations/nginxBalancing.ts';
import { nginxKind } from '../process/nginx.ts';
import { lowPort } from './ports.ts';
import { testServers } from './servers.ts';
import { until } from './until.ts';

export const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole';

/** What an instance does with a request for /asked; `place` is its number, from 0. */
export type Play = (socket: Socket, place: number) => void;

/** nginx as the shop starts it, in front of so many instances that are only played. Its port. */
export async function nginxBefore(
  context: TestContext,
  {
    count,
    play,
    balance = 'round-robin',
    keepAlive = true,
  }: { count: number; play: Play; balance?: Balance; keepAlive?: boolean },
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'shop-played-'));
  const open = new Set<Socket>();
  const sockets = Array.from({ length: count }, (_, place) => join(folder, `${place}.sock`));
  for (const [place, path] of sockets.entries()) {
    const server = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('data', (data: Buffer) => {
        if (/^(GET|POST) \/asked/.test(data.toString('latin1'))) play(socket, place);
        else socket.end(whole);
      });
    }).listen(path);
    await once(server, 'listening');
    context.after(() => server.close());
  }
  const { mysqlUrl, nginxPath } = testServers();
  const port = await lowPort();
  const nginx = nginxKind({
    config: readConfig({ MYSQL_URL: mysqlUrl, PORT: String(port) }),
    plan: { path: nginxPath, balance, keepAlive, static: false, precompressed: false, http2: false },
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
  const answers = () => askPlayed(port, 'GET', '/ready').then(({ status }) => status === 200);
  await until(() => answers().catch(() => false));
  return port;
}

export async function askPlayed(port: number, method = 'GET', path = '/asked', agent?: Agent) {
  const response: IncomingMessage = await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, path, agent: agent ?? false }, resolve)
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
