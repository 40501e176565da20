import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { before, describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { bearer, staff } from '../testing/callers.ts';
import { seedTestDatabase } from '../testing/shop.ts';
import { ask, childrenNamed, fast, start } from '../testing/supervised.ts';
import { until } from '../testing/until.ts';

before(seedTestDatabase);

describe('nginx in front', () => {
  test('it serves files with validators and a time to live; other methods get the service’s answer', async (t) => {
    const shop = await start(t, { SHOP_OPTIMIZATIONS: `${fast},nginx-static,precompressed-static` });
    const picture = await ask(`${shop.url}/images/products/7.webp`);
    assert.equal(picture.headers['cache-control'], 'public, max-age=31536000, immutable');
    const etag = picture.headers.etag ?? '';
    assert.equal((await ask(`${shop.url}/images/products/7.webp`, { 'If-None-Match': etag })).status, 304);
    const sheet = await ask(`${shop.url}/assets/shop.css`, { 'Accept-Encoding': 'gzip' });
    assert.deepEqual([sheet.headers['content-encoding'], sheet.headers.vary], ['gzip', 'Accept-Encoding']);
    const posted = await fetch(`${shop.url}/assets/shop.css`, { method: 'POST' });
    assert.deepEqual([posted.status, posted.headers.get('content-type')], [405, 'application/problem+json']);
    // Nothing beside the two folders, and nothing that lies in them for nginx alone.
    for (const path of [
      '/assets/shop.css.br',
      '/assets/shop.css.gz',
      '/assets/../nginx.conf',
      '/assets/%2e%2e/designs/07.webp',
      '/designs/07.webp',
    ]) {
      assert.equal((await ask(shop.url + path)).status, 404, path);
    }
  });

  for (const { optimizations, version } of [
    { optimizations: 'upstream-keepalive', version: '1.1' },
    { optimizations: 'http2', version: '2' },
  ]) {
    test(`HTTPS with ${optimizations} is HTTP/${version}`, async (t) => {
      const shop = await start(t, { SHOP_OPTIMIZATIONS: `${fast},${optimizations}`, HTTPS_PORT: '0' });
      const session = connectHttp2(`https://127.0.0.1:${shop.httpsPort}`, {
        rejectUnauthorized: false,
        ALPNProtocols: ['h2', 'http/1.1'],
      });
      session.on('error', () => {});
      t.after(() => session.destroy());
      const [, socket] = (await once(session, 'connect').catch(() => [null, null])) as [
        unknown,
        TLSSocket | null,
      ];
      if (version === '2') assert.equal(socket?.alpnProtocol, 'h2');
      const tls = connectTls({ host: '127.0.0.1', port: shop.httpsPort, rejectUnauthorized: false });
      t.after(() => tls.destroy());
      await once(tls, 'secureConnect');
      const { subjectaltname } = tls.getPeerCertificate();
      assert.match(subjectaltname ?? '', /DNS:localhost, IP Address:127\.0\.0\.1/);
      tls.write('GET /products/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      let answer = '';
      for await (const chunk of tls.setEncoding('utf8')) answer += chunk;
      assert.match(answer, /^HTTP\/1\.1 200/);
      if (version === '1.1') assert.notEqual(socket?.alpnProtocol, 'h2');
    });
  }
});

describe('instances behind nginx', () => {
  const balanced = {
    SHOP_OPTIMIZATIONS: `${fast},nginx-balancing,upstream-keepalive`,
    INSTANCES: '2',
    DRAIN_MS: '300',
  };

  test('one is killed under load: no read fails, it comes back by itself', async (t) => {
    const shop = await start(t, balanced);
    const load = startLoad(shop.url);
    await load.until(50);
    const [victim] = await instancesOf(shop.child);
    assert.ok(victim);
    process.kill(victim, 'SIGKILL');
    await shop.lines.until('ended; it is started again');
    await load.until(50);
    await until(async () => (await instancesOf(shop.child)).length === 2);
    await load.until(50);
    assert.deepEqual(await load.end(), []);
  });

  test('a deploy (SIGUSR2) replaces all of them and nobody notices', async (t) => {
    const shop = await start(t, balanced);
    const old = await instancesOf(shop.child);
    const load = startLoad(shop.url, await staff());
    await load.until(20);
    shop.child.kill('SIGUSR2');
    await shop.lines.until('replaced');
    await shop.lines.until('replaced');
    await load.until(20);
    assert.deepEqual(await load.end(), []);
    const now = await instancesOf(shop.child);
    assert.equal(now.length, 2);
    assert.deepEqual(
      now.filter((pid) => old.includes(pid)),
      [],
    );
  });

  test('while no instance answers it is a 503 problem with Retry-After', async (t) => {
    const shop = await start(t, balanced);
    for (const pid of await instancesOf(shop.child)) process.kill(pid, 'SIGSTOP');
    const pids = await instancesOf(shop.child);
    const answer = ask(`${shop.url}/products/1`);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const { status, type, retryAfter } = await answer;
    assert.deepEqual([status, type, retryAfter], [503, 'application/problem+json', '1']);
    await until(async () => (await ask(`${shop.url}/readyz`)).status === 200);
  });

  test('nginx is killed: it is started again', async (t) => {
    const shop = await start(t, balanced);
    const [nginx] = await childrenNamed(shop.child, 'nginx');
    assert.ok(nginx);
    process.kill(nginx, 'SIGKILL');
    await shop.lines.until('ended; it is started again');
    await until(async () => (await ask(`${shop.url}/readyz`).catch(() => null))?.status === 200);
  });

  const hops: readonly {
    name: string;
    trust: '0' | '1';
    asks: readonly [from: string | null, status: number][];
  }[] = [
    {
      name: 'what a client says about its address is not believed',
      trust: '0',
      asks: [
        ['198.51.100.1', 400],
        ['198.51.100.2', 429],
        [null, 429],
      ],
    },
    {
      name: 'behind a proxy of ours the address that it saw counts, and none before it',
      trust: '1',
      asks: [
        ['192.0.2.1, 198.51.100.1', 400],
        ['192.0.2.2, 198.51.100.1', 429],
        ['198.51.100.2', 400],
        ['2001:db8::1', 400],
        ['2001:db8::1', 429],
        [null, 400],
      ],
    },
  ];
  for (const { name, trust, asks } of hops) {
    test(name, async (t) => {
      const shop = await start(t, {
        ...balanced,
        INSTANCES: '1',
        NGINX_BALANCE: 'ip-hash',
        TRUST_PROXY: trust,
        LIMIT_SIGN_IN: '1',
        // Counted in the process: nobody else counts there.
        REDIS_URL: undefined,
      });
      const statuses: number[] = [];
      for (const [from] of asks) {
        const headers = new Headers({ 'content-type': 'application/json' });
        if (from !== null) headers.set('x-forwarded-for', from);
        const answer = await fetch(`${shop.url}/auth/sign-in`, { method: 'POST', headers, body: '{}' });
        statuses.push(answer.status);
      }
      assert.deepEqual(
        statuses,
        asks.map(([, status]) => status),
      );
    });
  }

  test('half-sent requests hold connections of nginx, and none of the service', async (t) => {
    const shop = await start(t, { ...balanced, LIMIT_WRITE: '1000000' });
    const { authorization } = await bearer(9);
    const order = `POST /orders HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nIdempotency-Key: half-a-body\r\nContent-Length: 1000\r\n\r\n{"lines":[`;
    const before = await connectionsOfInstances();
    const halves = Array.from({ length: 400 }, (_, index) => {
      const socket = connect(Number(new URL(shop.url).port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write(index % 2 === 0 ? 'GET /products/1 HTTP/1.1\r\nHost: x\r\n' : order);
      return socket;
    });
    t.after(() => {
      for (const half of halves) half.destroy();
    });
    await Promise.all(halves.map((half) => once(half, 'connect')));
    assert.equal((await ask(`${shop.url}/readyz`)).status, 200);
    assert.equal((await ask(`${shop.url}/products/1`)).status, 200);
    const more = (await connectionsOfInstances()) - before;
    assert.ok(more < 100, `the instances have ${more} connections more`);
  });
});

/** Of all shops on this machine: each end of an accepted connection bears the name of the socket. */
async function connectionsOfInstances(): Promise<number> {
  const sockets = await readFile('/proc/net/unix', 'utf8');
  return sockets.match(/\/[01]\.sock$/gm)?.length ?? 0;
}

/**
 * Ten readers that never wait, on connections that they keep, and with the headers of staff five writers, whose requests
 * nobody may send twice; every answer that is no success is told.
 */
function startLoad(url: string, staffHeaders: Record<string, string> | null = null) {
  const agent = new Agent({ keepAlive: true, maxSockets: 15 });
  const failures: string[] = [];
  let answered = 0;
  let going = true;
  const repeat = async (once: () => Promise<number | undefined>) => {
    while (going) {
      const status = await once().catch((error: Error) => error.message);
      answered += 1;
      if (status !== 200 && status !== 204) failures.push(String(status));
    }
  };
  const read = async () => (await ask(`${url}/products?limit=2`, {}, agent)).status;
  const readers = Array.from({ length: 10 }, () => repeat(read));
  if (staffHeaders !== null) {
    const write = () => setStock(url, staffHeaders, agent);
    readers.push(...Array.from({ length: 5 }, () => repeat(write)));
  }
  return {
    until: async (more: number) => {
      const goal = answered + more;
      await until(async () => answered >= goal);
    },
    async end(): Promise<string[]> {
      going = false;
      await Promise.all(readers);
      agent.destroy();
      return failures;
    },
  };
}

async function setStock(
  url: string,
  headers: Record<string, string>,
  agent: Agent,
): Promise<number | undefined> {
  const sent = request(`${url}/products/1503/stock`, {
    method: 'PATCH',
    agent,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  sent.end('{"stock":7}');
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

const instancesOf = (child: ChildProcess) => childrenNamed(child, 'api/src/main.ts');
