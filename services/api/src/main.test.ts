import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { FaultyServer } from './testing/faultyServer.ts';
import { lowPort } from './testing/ports.ts';
import { testDatabase, testServers } from './testing/servers.ts';
import { seedTestDatabase } from './testing/shop.ts';
import { until } from './testing/until.ts';

const program = new URL('./main.ts', import.meta.url).pathname;
const started: ChildProcess[] = [];
/** Within it everything is asked that is answered while a service drains. */
const drainMs = '4000';

before(seedTestDatabase);
// Those of tests that have failed; others have ended.
after(() => {
  for (const child of started) child.kill('SIGKILL');
});

describe('the program', () => {
  // Both signals take the same way.
  for (const { signal, optimizations } of [
    { signal: 'SIGTERM', optimizations: '' },
    { signal: 'SIGINT', optimizations: 'connection-pool,redis-cache,memory-cache' },
  ] as const) {
    test(`${signal} with [${optimizations}]: drains, then ends by itself with 0`, async () => {
      const { child, url, lines } = await start({ SHOP_OPTIMIZATIONS: optimizations, DRAIN_MS: drainMs });
      const agent = new Agent({ keepAlive: true });
      const exited = once(child, 'exit');
      const first = await get(`${url}/products?limit=1`, agent);
      assert.equal(first.headers.connection, 'keep-alive');
      child.kill(signal);
      await lines.until('stopping');
      const during = await get(`${url}/products?limit=1`, agent);
      assert.equal(during.statusCode, 200);
      assert.equal(during.headers.connection, 'close');
      assert.equal((await get(`${url}/readyz`, agent)).statusCode, 503);
      assert.equal((await get(`${url}/healthz`, agent)).statusCode, 200);
      assert.deepEqual(await exited, [0, null]);
      agent.destroy();
    });
  }

  test('a hung database and a half-sent request cannot hold it', async (context) => {
    const mysql = await FaultyServer.before(testServers().mysqlUrl);
    context.after(() => mysql.shut());
    const { child, url } = await start({
      MYSQL_URL: mysql.url,
      SHOP_OPTIMIZATIONS: 'connection-pool',
      DRAIN_MS: '0',
    });
    const exited = once(child, 'exit');
    await get(`${url}/products/1`);
    mysql.hang();
    const half = connect(Number(new URL(url).port), '127.0.0.1');
    half.on('error', () => {});
    half.write('GET /products/1 HTTP/1.1\r\nHost: x\r\n');
    await once(half, 'connect');
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
    half.destroy();
  });

  test('a part that is away is told once, and once that it is back, however often /readyz is asked', async (context) => {
    const mysql = await FaultyServer.before(testServers().mysqlUrl);
    context.after(() => mysql.shut());
    const { child, url, lines } = await start({ MYSQL_URL: mysql.url, DRAIN_MS: '0' });
    const poll = async () => (await get(`${url}/readyz`)).statusCode;
    assert.equal(await poll(), 200);
    await mysql.shut();
    assert.deepEqual([await poll(), await poll(), await poll()], [503, 503, 503]);
    await mysql.open();
    await until(async () => (await poll()) === 200);
    child.kill('SIGTERM');
    const told = (await lines.rest()).filter(({ msg }) => msg !== 'request' && msg !== 'stopping');
    assert.deepEqual(
      told.map(({ level, msg, part }) => [level, msg, part]),
      [
        ['warn', 'not ready', 'database'],
        ['warn', 'ready again', 'database'],
      ],
    );
  });

  test('a second signal ends it at once', async () => {
    const { child, lines } = await start({ DRAIN_MS: '60000' });
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    await lines.until('stopping');
    child.kill('SIGINT');
    assert.deepEqual(await exited, [130, null]);
  });

  test('a failure that nobody waits for ends it, when what is under way is finished', async () => {
    const { child, url, lines } = await start({
      DRAIN_MS: drainMs,
      // As a mistake in some work beside the requests would.
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent("process.once('SIGUSR2',()=>{Promise.reject(new Error('forgotten'))})")}`,
    });
    const exited = once(child, 'exit');
    child.kill('SIGUSR2');
    const told = await lines.until('a failure that nobody expected');
    assert.deepEqual([told.level, (told.err as { message: string }).message], ['fatal', 'forgotten']);
    await lines.until('stopping');
    assert.equal((await get(`${url}/readyz`)).statusCode, 503);
    assert.equal((await get(`${url}/products?limit=1`)).statusCode, 200);
    assert.deepEqual(await exited, [1, null]);
  });

  test('a bad environment is one message and exit code 2', async () => {
    const { code, errors } = await runToEnd({ PORT: 'x', SHOP_OPTIMIZATIONS: 'magic' });
    assert.equal(code, 2);
    assert.match(errors, /PORT[\s\S]*SHOP_OPTIMIZATIONS: "magic" is no optimization/);
    assert.doesNotMatch(errors, /at .*main\.ts/);
  });

  test('in production it does not start with secrets that everybody knows', async () => {
    const { code, errors } = await runToEnd({ NODE_ENV: 'production' });
    assert.equal(code, 2);
    assert.match(errors, /JWT_SECRET: must be set in production[\s\S]*SESSION_SECRET: must be set/);
  });

  test('a taken port is said with the way out', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, errors } = await runToEnd({ PORT: String(port) });
    taken.close();
    assert.equal(code, 1);
    assert.match(errors, new RegExp(`127\\.0\\.0\\.1:${port}: the port is taken; set PORT`));
  });

  test('in production it writes nothing as long as nothing is wrong', async () => {
    const port = await lowPort();
    const child = spawnShop({
      PORT: String(port),
      NODE_ENV: 'production',
      JWT_SECRET: 'j'.repeat(32),
      SESSION_SECRET: 's'.repeat(32),
      DRAIN_MS: '0',
    });
    let output = '';
    child.stdout?.on('data', (data: Buffer) => {
      output += data;
    });
    const ended = once(child, 'close');
    await until(() =>
      get(`http://127.0.0.1:${port}/readyz`).then(
        ({ statusCode }) => statusCode === 200,
        () => false,
      ),
    );
    await get(`http://127.0.0.1:${port}/products?limit=1`);
    await get(`http://127.0.0.1:${port}/products?limit=0`);
    child.kill('SIGTERM');
    await ended;
    assert.equal(output, '');
  });
});

function spawnShop(environment: NodeJS.ProcessEnv): ChildProcess {
  const { mysqlUrl, redisUrl } = testServers();
  const child = spawn(process.execPath, [program], {
    env: {
      MYSQL_URL: mysqlUrl,
      REDIS_URL: redisUrl,
      SHOP_DATABASE: testDatabase,
      PORT: '0',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

async function start(environment: NodeJS.ProcessEnv) {
  const child = spawnShop({ ...environment, LOG_LEVEL: 'info' });
  assert.ok(child.stdout);
  const input = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const lines = {
    async until(message: string): Promise<Record<string, unknown>> {
      for (;;) {
        const { value, done } = await input.next();
        assert.ok(!done, `it ended before "${message}"`);
        const line = JSON.parse(value);
        if (line.msg === message) return line;
      }
    },
    async rest(): Promise<Record<string, unknown>[]> {
      const all: Record<string, unknown>[] = [];
      for (let next = await input.next(); !next.done; next = await input.next()) {
        all.push(JSON.parse(next.value));
      }
      return all;
    },
  };
  const { address } = (await lines.until('listening')) as { address: { port: number } };
  return { child, lines, url: `http://127.0.0.1:${address.port}` };
}

async function runToEnd(environment: NodeJS.ProcessEnv): Promise<{ code: number; errors: string }> {
  const child = spawnShop(environment);
  let errors = '';
  child.stderr?.on('data', (data: Buffer) => {
    errors += data;
  });
  const [code] = await once(child, 'close');
  return { code, errors };
}

async function get(url: string, agent?: Agent): Promise<IncomingMessage> {
  const response: IncomingMessage = await new Promise((resolve, reject) => {
    httpGet(url, agent === undefined ? {} : { agent }, resolve).on('error', reject);
  });
  response.resume();
  await once(response, 'end');
  return response;
}
