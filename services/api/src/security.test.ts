import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { signInWithForm } from './behaviour/signIn.ts';
import type { RepresentationCache } from './cache/representation.ts';
import { demoPassword } from './db/demoPassword.ts';
import { bearer } from './testing/callers.ts';
import { FaultyServer } from './testing/faultyServer.ts';
import { testDatabase, testServers, withRedis } from './testing/servers.ts';
import { type Answer, seedTestDatabase, startShop, type TestShop } from './testing/shop.ts';
import { openCaches } from './wiring/caches.ts';

let shop: TestShop;
before(async () => {
  await seedTestDatabase();
  await forgetCounts();
  shop = await startShop(['connection-pool', 'indexes']);
});
after(async () => {
  await shop.close();
  await forgetCounts();
});

/** What Redis is not waited for is counted by the process, which then lets more pass than the test counts. */
const patient = { REDIS_TIMEOUT_MS: '5000' };

describe('limits', () => {
  test('5 of 7 pass: with Redis, while it hangs, while it is away, and with it again', async (context) => {
    const redis = await FaultyServer.before(testServers().redisUrl);
    context.after(() => redis.shut());
    const here = await startShop([], {
      REDIS_URL: redis.url,
      // Each count waits so long while it hangs; one that is late otherwise is decided by the process, which lets it pass.
      REDIS_TIMEOUT_MS: '800',
      TRUST_PROXY: '1',
      LIMIT_SIGN_IN: '5',
    });
    context.after(() => here.close());
    const states: readonly { name: string; begin: () => unknown }[] = [
      { name: 'with Redis', begin: () => untilCountedInRedis(here, '203.0.113.1') },
      { name: 'hanging', begin: () => redis.hang() },
      {
        name: 'away',
        begin: () => {
          redis.recover();
          return redis.shut();
        },
      },
      {
        name: 'with Redis again',
        async begin() {
          await redis.open();
          await untilCountedInRedis(here, '203.0.113.2');
        },
      },
    ];
    for (const [index, { name, begin }] of states.entries()) {
      await begin();
      const answers = await signInTimes(here, 7, { from: `198.51.100.${index}` });
      assert.deepEqual(answers.map(statusOf), [401, 401, 401, 401, 401, 429, 429], name);
      const refused = answers.at(-1);
      const seconds = Number(refused?.headers.get('retry-after'));
      assert.ok(seconds >= 1 && seconds <= 60, `${name}: Retry-After ${seconds}`);
      assert.match(refused?.body ?? '', /Come back in \d+ s\./);
    }
  });

  test('one customer uses up nobody else’s', async (context) => {
    const here = await startShop([], { ...patient, LIMIT_WRITE: '2' });
    context.after(() => here.close());
    await untilCountedInRedis(here, '127.0.0.1');
    const change = async (id: number) =>
      (await here.send('PATCH', '/profile', { bio: 'x' }, await bearer(id))).status;
    assert.deepEqual([await change(31), await change(31), await change(31)], [200, 200, 429]);
    assert.equal(await change(32), 200);
  });

  test('a page that is costly to make is made so often for one customer, and for the next one again', async (context) => {
    const here = await startShop(['connection-pool', 'indexes', 'batched-queries'], {
      ...patient,
      LIMIT_PAGE: '2',
    });
    context.after(() => here.close());
    await untilCountedInRedis(here, '127.0.0.1');
    const page = async (cookie: string) => statusOf(await here.get('/account', { headers: { cookie } }));
    const [one, other] = [await signInWithForm(here, 33), await signInWithForm(here, 34)];
    assert.deepEqual([await page(one), await page(one), await page(one)], [200, 200, 429]);
    assert.equal(await page(other), 200);
  });

  test('guessing at one account locks it for where the guesses come from, the right password too', async (context) => {
    const here = await startShop([], { ...patient, TRUST_PROXY: '1', LIMIT_GUESSES: '3' });
    context.after(() => here.close());
    await untilCountedInRedis(here, '203.0.113.3');
    const email = 'customer41@example.com';
    const wrong = await signInTimes(here, 4, { from: '198.51.100.20', email });
    assert.deepEqual(wrong.map(statusOf), [401, 401, 401, 429]);
    const right = { email, password: demoPassword };
    assert.equal((await signInTimes(here, 1, { from: '198.51.100.20', ...right }))[0]?.status, 429);
    assert.equal((await signInTimes(here, 1, { from: '198.51.100.21', ...right }))[0]?.status, 200);
    const other = { email: 'customer42@example.com', password: demoPassword };
    assert.equal((await signInTimes(here, 1, { from: '198.51.100.20', ...other }))[0]?.status, 200);
  });

  test('guesses from many addresses lock it for all, those at once too', async (context) => {
    const here = await startShop([], { ...patient, TRUST_PROXY: '1', LIMIT_GUESSES: '1' });
    context.after(() => here.close());
    await untilCountedInRedis(here, '203.0.113.3');
    const email = 'customer43@example.com';
    const answers = await Promise.all(
      Array.from({ length: 14 }, async (_, index) => {
        const [answer] = await signInTimes(here, 1, { from: `198.51.100.${100 + index}`, email });
        return answer?.status;
      }),
    );
    assert.deepEqual(answers.toSorted(), [...Array(10).fill(401), ...Array(4).fill(429)]);
  });

  test('guesses are counted and lock also where there is no Redis', async (context) => {
    const redis = await FaultyServer.before(testServers().redisUrl);
    const here = await startShop([], { REDIS_URL: redis.url, TRUST_PROXY: '1', LIMIT_GUESSES: '3' });
    context.after(() => here.close());
    await redis.shut();
    const email = 'customer45@example.com';
    const wrong = await signInTimes(here, 4, { from: '198.51.100.40', email });
    assert.deepEqual(wrong.map(statusOf), [401, 401, 401, 429]);
    const right = { email, password: demoPassword };
    assert.equal((await signInTimes(here, 1, { from: '198.51.100.40', ...right }))[0]?.status, 429);
    assert.equal((await signInTimes(here, 1, { from: '198.51.100.41', ...right }))[0]?.status, 200);
  });

  test('who signs in rightly is not locked out by own mistakes of before', async (context) => {
    const here = await startShop([], { ...patient, TRUST_PROXY: '1', LIMIT_GUESSES: '3' });
    context.after(() => here.close());
    await untilCountedInRedis(here, '203.0.113.3');
    const from = '198.51.100.30';
    const email = 'customer44@example.com';
    for (let round = 0; round < 3; round += 1) {
      const wrong = await signInTimes(here, 2, { from, email });
      assert.deepEqual(wrong.map(statusOf), [401, 401]);
      const [right] = await signInTimes(here, 1, { from, email, password: demoPassword });
      assert.equal(right?.status, 200);
    }
  });

  test('what somebody writes into X-Forwarded-For counts for nothing where no proxy of ours stands', async (context) => {
    const here = await startShop([], { ...patient, LIMIT_SIGN_UP: '1' });
    context.after(() => here.close());
    await untilCountedInRedis(here, '127.0.0.1');
    const statuses: number[] = [];
    for (const from of ['192.0.2.1', '192.0.2.2']) {
      statuses.push((await here.send('POST', '/auth/sign-up', {}, { 'x-forwarded-for': from })).status);
    }
    assert.deepEqual(statuses, [400, 429]);
  });
});

describe('bodies', () => {
  const limit = 16 * 1024;
  const json = (text: string) => ({ 'content-type': 'application/json', text });
  const bodies: readonly {
    name: string;
    status: number;
    body: () => { 'content-type': string; 'content-encoding'?: string; text: string | Buffer };
    chunked?: boolean;
  }[] = [
    { name: 'one byte more than the limit', status: 413, body: () => json(' '.repeat(limit + 1)) },
    {
      name: 'too much without saying how much',
      status: 413,
      chunked: true,
      body: () => json(' '.repeat(limit + 1)),
    },
    { name: 'just the limit', status: 400, body: () => json(' '.repeat(limit)) },
    { name: 'a million properties', status: 413, body: () => json(`{${'"a":1,'.repeat(1_000_000)}"b":1}`) },
    {
      name: 'properties as many as fit',
      status: 400,
      body: () => json(`{${Array.from({ length: 1500 }, (_, n) => `"p${n}":1`).join()}}`),
    },
    { name: 'arrays in arrays', status: 400, body: () => json('['.repeat(8000) + ']'.repeat(8000)) },
    {
      name: 'arrays in arrays where lines are wanted',
      status: 400,
      body: () => json(`{"lines":${'['.repeat(8000)}${']'.repeat(8000)}}`),
    },
    {
      name: 'a prototype',
      status: 400,
      body: () => json('{"lines":[{"productId":1,"quantity":1}],"__proto__":{"role":"staff"}}'),
    },
    {
      name: 'a constructor',
      status: 400,
      body: () => json('{"lines":[{"productId":1,"quantity":1}],"constructor":{"prototype":{}}}'),
    },
    { name: 'nothing', status: 400, body: () => json('') },
    { name: 'null', status: 400, body: () => json('null') },
    {
      name: 'bytes that are no text',
      status: 400,
      body: () => ({ 'content-type': 'application/json', text: Buffer.from([0xff, 0xfe, 0x00]) }),
    },
    {
      name: 'a small body that is a large one',
      status: 415,
      body: () => ({
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        text: gzipSync(Buffer.alloc(10_000_000, 32)),
      }),
    },
    { name: 'another type', status: 415, body: () => ({ 'content-type': 'text/plain', text: '{}' }) },
  ];
  for (const { name, status, body, chunked = false } of bodies) {
    test(`${name}: ${status}, and the service goes on`, async () => {
      const { text, ...headers } = body();
      const answer = await send(chunked, text, {
        ...headers,
        ...(await bearer(9)),
        'idempotency-key': 'some-key-of-mine',
      });
      assert.equal(answer.status, status, answer.body);
      assert.equal(answer.type, 'application/problem+json');
      const { errors = [] }: { errors?: { in: string }[] } = JSON.parse(answer.body);
      assert.deepEqual([...new Set(errors.map((error) => error.in))], status === 400 ? ['body'] : []);
      assert.equal((await shop.get('/healthz')).status, 200);
    });
  }

  function send(
    chunked: boolean,
    text: string | Buffer,
    headers: Record<string, string>,
  ): Promise<{ status: number | undefined; type: string | undefined; body: string }> {
    return new Promise((resolve, reject) => {
      const length = chunked ? {} : { 'content-length': String(Buffer.byteLength(text)) };
      const sent = request(`${shop.url}/orders`, { method: 'POST', headers: { ...headers, ...length } });
      sent.on('response', async (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (data: string) => {
          received += data;
        });
        await once(response, 'end');
        resolve({ status: response.statusCode, type: response.headers['content-type'], body: received });
      });
      // What is too much is not read to its end, and the connection is closed under it.
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
      });
      sent.end(text);
    });
  }
});

describe('headers', () => {
  test('an answer cannot become a page, and no other origin may read it', async () => {
    for (const path of ['/products?limit=1', '/products?limit=0', '/nothing', '/profile', '/healthz']) {
      const { headers } = await shop.get(path, { headers: { origin: 'https://evil.example' } });
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(
        headers.get('content-security-policy'),
        "default-src 'none'; frame-ancestors 'none'",
        path,
      );
      assert.equal(headers.get('access-control-allow-origin'), null, path);
      assert.equal(headers.get('x-powered-by'), null, path);
      assert.equal(headers.get('strict-transport-security'), null, path);
    }
  });

  test('a page may use what is ours, and nobody may frame it', async () => {
    for (const path of ['/account/sign-in', '/docs']) {
      const { headers } = await shop.get(path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.ok(!policy.includes('unsafe-eval') && !/script-src[^;]*unsafe-inline/.test(policy), policy);
      assert.equal(headers.get('x-frame-options'), 'DENY', path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    }
  });

  test('a preflight gets no leave', async () => {
    const answer = await shop.get('/profile', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'PATCH' },
    });
    assert.deepEqual(
      [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
      [],
    );
  });
});

test('a failure that nobody expected tells nothing of the inside either, and harms nobody else', async (context) => {
  let isBroken = true;
  const broken: RepresentationCache = {
    get(_key, load) {
      if (isBroken) throw new Error('select secret from /srv/app/inside.ts');
      return load();
    },
  };
  const here = await startShop(
    ['memory-cache'],
    {},
    { openCaches: (deps) => ({ ...openCaches(deps), answers: [broken] }) },
  );
  context.after(() => here.close());
  // Not through the shop's own `get`: no route promises a 500.
  const ask = () => fetch(`${here.url}/products/3`);
  const failed = await ask();
  assert.deepEqual(
    [failed.status, failed.headers.get('content-type'), failed.headers.get('cache-control')],
    [500, 'application/problem+json', 'no-store'],
  );
  assert.deepEqual(await failed.json(), {
    type: 'about:blank',
    title: 'Internal error',
    status: 500,
    detail: 'Something went wrong here; it has been logged.',
  });
  isBroken = false;
  assert.equal((await ask()).status, 200);
});

test('a failure tells nothing of the inside', async () => {
  const asked: readonly [string, string, unknown?][] = [
    ['GET', '/products?category=%27'],
    ['GET', '/products/%00'],
    ['GET', '/products/%zz'],
    ['GET', '/..%2f..%2fetc%2fpasswd'],
    ['GET', '/docs/..%2fpackage.json'],
    ['GET', '/profile'],
    ['POST', '/auth/sign-in', { email: "' or 1=1 --", password: 1 }],
    ['POST', '/auth/refresh', { refreshToken: '\u0000' }],
    ['PATCH', '/products/1/stock', { stock: 'x' }],
    ['PUT', '/products'],
  ];
  for (const [method, path, content] of asked) {
    const answer =
      content === undefined ? await shop.get(path, { method }) : await shop.send(method, path, content);
    assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${path}: ${answer.status}`);
    assert.doesNotMatch(answer.body, /\bat \S+:\d+|\.ts\b|node_modules|\bselect\b|mysql|\/tmp|\/app/i, path);
  }
});

function statusOf(answer: Answer): number {
  return answer.status;
}

async function signInTimes(
  here: TestShop,
  times: number,
  {
    from,
    email = 'nobody@example.com',
    password = 'wrong',
  }: { from: string; email?: string; password?: string },
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let count = 0; count < times; count += 1) {
    answers.push(await here.send('POST', '/auth/sign-in', { email, password }, { 'x-forwarded-for': from }));
  }
  return answers;
}

/** Until the service is connected it counts in its memory. */
async function untilCountedInRedis(here: TestShop, from: string): Promise<void> {
  await forgetCounts();
  for (const deadlineMs = performance.now() + 10_000; performance.now() < deadlineMs; ) {
    await here.send('POST', '/auth/sign-in', {}, { 'x-forwarded-for': from });
    const counted = await withRedis((redis) => redis.keys(`${testDatabase}:limits:sign-in:*${from}`));
    if (counted.length > 0) return;
  }
  throw new Error('The service did not count in Redis within 10 s.');
}

function forgetCounts(): Promise<void> {
  return withRedis(async (redis) => {
    const keys = await redis.keys(`${testDatabase}:limits:*`);
    if (keys.length > 0) await redis.del(...keys);
  });
}
