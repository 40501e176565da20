import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { before, describe, type TestContext, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { readConfig } from '../config.ts';
import { testDatabase, testServers } from '../testing/servers.ts';
import { seedTestDatabase, startShop } from '../testing/shop.ts';
import { processPlan } from '../wiring/processes.ts';

const program = new URL('../main.ts', import.meta.url).pathname;
const paths = [
  '/products?limit=3',
  '/products/7',
  '/products/0',
  '/nowhere',
  '/assets/shop.css',
  '/assets/none.css',
  '/images/products/7.webp',
  '/images/products/12.webp',
  '/images/products/100.webp',
  '/images/products/1999.webp',
  '/images/products/0.webp',
];
const fast = 'indexes,connection-pool,batched-queries';

before(seedTestDatabase);

describe('what a variant consists of', () => {
  const planOf = (optimizations: string, environment: NodeJS.ProcessEnv = {}) =>
    processPlan(readConfig({ MYSQL_URL: 'mysql://x', SHOP_OPTIMIZATIONS: optimizations, ...environment }), 4);

  test('one process where no switch asks for more', () => {
    assert.equal(planOf(fast), null);
  });

  test('a process per core, or as many as INSTANCES says', () => {
    assert.equal(planOf('cluster')?.instances, 4);
    assert.equal(planOf('cluster', { INSTANCES: '3' })?.instances, 3);
    assert.equal(planOf('cluster')?.listen, 'shared port');
  });

  test('behind nginx instances listen on sockets, with and without cluster', () => {
    for (const optimizations of ['nginx-balancing', 'nginx-balancing,cluster']) {
      const plan = planOf(optimizations, { NGINX_BALANCE: 'least-conn' });
      assert.deepEqual([plan?.instances, plan?.listen, plan?.nginx?.balance], [4, 'sockets', 'least-conn']);
    }
    assert.equal(planOf('upstream-keepalive')?.instances, 1);
  });

  test('threads and heap are settings of the processes that answer', () => {
    assert.deepEqual(planOf('thread-pool')?.environment, { UV_THREADPOOL_SIZE: '16' });
    assert.deepEqual(planOf('thread-pool', { UV_THREADPOOL_SIZE: '8' })?.environment, {
      UV_THREADPOOL_SIZE: '8',
    });
    assert.deepEqual(planOf('heap-settings')?.flags, ['--max-semi-space-size=64']);
  });
});

describe('every process switch', () => {
  /** The baseline's answers, by path. */
  let plain: Map<string, Awaited<ReturnType<typeof ask>>>;
  before(async () => {
    const shop = await startShop([]);
    plain = new Map();
    for (const path of paths) plain.set(path, await ask(shop.url + path));
    await shop.close();
  });
  for (const optimizations of [
    'cluster',
    'nginx-balancing',
    'upstream-keepalive',
    'thread-pool',
    'heap-settings',
    'nginx-static',
    'nginx-static,precompressed-static',
    'http2',
    'cluster,nginx-balancing,upstream-keepalive,thread-pool,heap-settings,nginx-static,http2',
  ]) {
    test(`${optimizations}: the same answers, and nothing is left at the end`, async (t) => {
      const shop = await start(t, { SHOP_OPTIMIZATIONS: `${fast},${optimizations}`, INSTANCES: '2' });
      for (const path of paths) {
        const { status, body, type } = await ask(shop.url + path);
        const expected = plain.get(path);
        assert.deepEqual([status, body, type], [expected?.status, expected?.body, expected?.type], path);
      }
      const pids = await descendants(shop.child);
      assert.ok(pids.length >= 1);
      assert.equal(await shop.stop('SIGTERM'), 0);
      assert.deepEqual(pids.filter(lives), []);
    });
  }
});

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
    // Nothing beside the two folders.
    for (const path of ['/assets/../nginx.conf', '/assets/%2e%2e/designs/07.webp', '/designs/07.webp']) {
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
    const load = startLoad(shop.url);
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

  test('what a client says about its address is not believed', async (t) => {
    const shop = await start(t, { ...balanced, INSTANCES: '1' });
    const forged = { 'X-Forwarded-For': '10.9.8.7', 'X-Forwarded-Host': 'elsewhere.example' };
    const answer = await ask(`${shop.url}/products/1`, forged);
    assert.equal(answer.status, 200);
    assert.doesNotMatch(JSON.stringify(answer.headers), /elsewhere/);
  });

  test('half-sent requests hold connections of nginx, and none of the service', async (t) => {
    const shop = await start(t, balanced);
    const halves = Array.from({ length: 200 }, () => {
      const socket = connect(Number(new URL(shop.url).port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write('GET /products/1 HTTP/1.1\r\nHost: x\r\n');
      return socket;
    });
    t.after(() => {
      for (const half of halves) half.destroy();
    });
    await Promise.all(halves.map((half) => once(half, 'connect')));
    assert.equal((await ask(`${shop.url}/readyz`)).status, 200);
    assert.equal((await ask(`${shop.url}/products/1`)).status, 200);
  });
});

test('the supervisor is killed: nothing of it stays alive', async (t) => {
  const shop = await start(t, { SHOP_OPTIMIZATIONS: `${fast},nginx-balancing`, DRAIN_MS: '0' });
  const pids = await descendants(shop.child);
  assert.ok(pids.length >= 4, String(pids));
  shop.child.kill('SIGKILL');
  await until(async () => !pids.some(lives));
});

for (const { how, signal } of [
  { how: 'is told to stop', signal: 'SIGTERM' },
  { how: 'is killed', signal: 'SIGKILL' },
] as const) {
  test(`with a queued switch a worker lives beside the instance, and ends when the supervisor ${how}`, async (t) => {
    const shop = await start(t, { SHOP_OPTIMIZATIONS: `${fast},queued-report` });
    await until(async () => (await childrenNamed(shop.child, 'worker/src/main.ts')).length === 1);
    const pids = await descendants(shop.child);
    assert.equal(pids.length, 2);
    shop.child.kill(signal);
    await until(async () => !pids.some(lives));
  });
}

test('a signal to the whole group ends everything with 0, too', async (t) => {
  const shop = await start(t, { SHOP_OPTIMIZATIONS: `${fast},cluster`, INSTANCES: '2' });
  const pids = await descendants(shop.child);
  const exited = once(shop.child, 'exit');
  process.kill(-(shop.child.pid ?? 0), 'SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  assert.deepEqual(pids.filter(lives), []);
});

for (const optimizations of ['cluster', 'nginx-balancing']) {
  test(`${optimizations}: a port that is taken is said, and nothing stays`, async (t) => {
    const first = await start(t, { SHOP_OPTIMIZATIONS: `${fast},cluster`, INSTANCES: '2' });
    const child = spawnShop({
      SHOP_OPTIMIZATIONS: `${fast},${optimizations}`,
      INSTANCES: '2',
      PORT: new URL(first.url).port,
    });
    let errors = '';
    child.stderr?.on('data', (data: Buffer) => {
      errors += data;
    });
    child.stdout?.resume();
    const [code] = await once(child, 'close');
    assert.equal(code, 1);
    assert.match(errors, /the port is taken; set PORT/);
  });
}

function spawnShop(environment: NodeJS.ProcessEnv): ChildProcess {
  const { mysqlUrl, redisUrl, nginxPath } = testServers();
  return spawn(process.execPath, [program], {
    env: {
      MYSQL_URL: mysqlUrl,
      REDIS_URL: redisUrl,
      NGINX_PATH: nginxPath,
      SHOP_DATABASE: testDatabase,
      PORT: '0',
      DRAIN_MS: '0',
      LOG_LEVEL: 'info',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

async function start(t: TestContext, environment: NodeJS.ProcessEnv) {
  const child = spawnShop(environment);
  t.after(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
  });
  let errors = '';
  child.stderr?.on('data', (data: Buffer) => {
    errors += data;
  });
  assert.ok(child.stdout);
  const input = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const lines = {
    async until(message: string): Promise<Record<string, unknown>> {
      for (;;) {
        const { value, done } = await input.next();
        assert.ok(!done, `it ended before "${message}": ${errors}`);
        const line = JSON.parse(value);
        if (line.msg === message) return line;
      }
    },
  };
  const { address, httpsPort = 0 } = (await lines.until('listening')) as {
    address: { port: number };
    httpsPort?: number;
  };
  const url = `http://127.0.0.1:${address.port}`;
  await until(async () => (await ask(`${url}/readyz`).catch(() => null))?.status === 200);
  return {
    child,
    lines,
    url,
    httpsPort,
    async stop(signal: NodeJS.Signals): Promise<number | null> {
      const exited = once(child, 'exit');
      child.kill(signal);
      return (await exited)[0];
    },
  };
}

async function ask(url: string, headers: Record<string, string> = {}, agent?: Agent) {
  const response: IncomingMessage = await new Promise((resolve, reject) => {
    httpGet(url, { headers, ...(agent ? { agent } : {}) }, resolve).on('error', reject);
  });
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return {
    status: response.statusCode,
    type: response.headers['content-type'],
    retryAfter: response.headers['retry-after'],
    headers: response.headers,
    body,
  };
}

/** Ten readers that never wait, on connections that they keep; every answer that is no 200 is told. */
function startLoad(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 10 });
  const failures: string[] = [];
  let answered = 0;
  let going = true;
  const readers = Array.from({ length: 10 }, async () => {
    while (going) {
      const { status } = await ask(`${url}/products?limit=2`, {}, agent).catch((error: Error) => ({
        status: error.message,
      }));
      answered += 1;
      if (status !== 200) failures.push(String(status));
    }
  });
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

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadlineMs = performance.now() + 15_000; performance.now() < deadlineMs; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('It did not become so within 15 s.');
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

async function descendants({ pid = 0 }: ChildProcess): Promise<number[]> {
  const all: number[] = [];
  for (const queue = [pid]; queue.length > 0; ) {
    const children = await childrenOf(queue.pop() ?? 0);
    all.push(...children);
    queue.push(...children);
  }
  return all;
}

async function childrenNamed({ pid = 0 }: ChildProcess, name: string): Promise<number[]> {
  const named = await Promise.all(
    (await childrenOf(pid)).map(async (child) => {
      const line = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
      return line.includes(name) ? [child] : [];
    }),
  );
  return named.flat();
}

const instancesOf = (child: ChildProcess) => childrenNamed(child, 'api/src/main.ts');

function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
