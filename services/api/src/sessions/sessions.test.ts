import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { signInWithForm } from '../behaviour/signIn.ts';
import { demoPassword } from '../db/demoPassword.ts';
import type { OptimizationName } from '../optimizations/index.ts';
import { FaultyServer } from '../testing/faultyServer.ts';
import { testDatabase, testServers, withMysql, withRedis } from '../testing/servers.ts';
import { type Answer, seedTestDatabase, startShop, type TestShop, untilReady } from '../testing/shop.ts';

before(seedTestDatabase);

const stores: readonly { name: string; on: readonly OptimizationName[]; url?: [string, string] }[] = [
  { name: 'the database', on: [] },
  { name: 'Memcached', on: ['memcached-sessions'], url: ['MEMCACHED_URL', testServers().memcachedUrl] },
  { name: 'Redis', on: ['redis-sessions'], url: ['REDIS_URL', testServers().redisUrl] },
];

for (const { name, on, url } of stores) {
  describe(`sessions in ${name}`, () => {
    let shop: TestShop;
    before(async () => {
      shop = await startShop(on);
      await untilReady(shop);
    });
    after(() => shop.close());

    test('a cookie opens the page of its customer and of nobody else', async () => {
      const cookies = [await signInWithForm(shop, 1), await signInWithForm(shop, 2)];
      assert.notEqual(cookies[0], cookies[1]);
      for (const [index, cookie] of cookies.entries()) {
        const page = await account(shop, cookie);
        assert.equal(page.status, 200);
        assert.ok(page.body.includes(`customer${index + 1}@example.com`));
        assert.ok(!page.body.includes(`customer${2 - index}@example.com`));
      }
    });

    test('signing out ends the session, not only the cookie', async () => {
      const cookie = await signInWithForm(shop, 3);
      const out = await shop.get('/account/sign-out', { method: 'POST', headers: { cookie } });
      assert.equal(out.headers.get('location'), '/account/sign-in');
      assert.match(out.headers.getSetCookie()[0] ?? '', /^session=; .*Max-Age=0/);
      assert.equal((await account(shop, cookie)).status, 303);
    });

    test('signing in again ends the session that was there', async () => {
      const first = await signInWithForm(shop, 4);
      const answer = await postForm(shop, { cookie: first });
      assert.equal(answer.status, 303);
      assert.equal((await account(shop, first)).status, 303);
      const next = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      assert.equal((await account(shop, next)).status, 200);
    });

    test('no other token opens one', async () => {
      const cookie = await signInWithForm(shop, 5);
      const id = await anyStoredId(on);
      const tries = [
        'session=',
        `session=${id}`,
        `session=${id.slice(0, 43)}`,
        `${cookie}x`,
        'session=%00',
        'session=a b',
      ];
      for (const tried of tries) {
        const answer = await account(shop, tried);
        assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/account/sign-in'], tried);
      }
      assert.ok(!id.includes(cookie.slice('session='.length)), 'the store holds the token itself');
    });

    if (url === undefined) return;
    test('without its store a page is 503 and never somebody else, and it recovers by itself', async (context) => {
      const faulty = await FaultyServer.before(url[1]);
      context.after(() => faulty.shut());
      const here = await startShop(on, { [url[0]]: faulty.url, SESSION_TIMEOUT_MS: '500' });
      context.after(() => here.close());
      await untilReady(here);
      const cookie = await signInWithForm(here, 6);
      for (const [fail, mend] of [
        [() => faulty.shut(), () => faulty.open()],
        [() => faulty.hang(), () => faulty.recover()],
      ] as const) {
        await fail();
        for (const answer of [await account(here, cookie), await postForm(here)]) {
          assert.equal(answer.status, 503);
          assert.equal(answer.headers.get('retry-after'), '1');
        }
        assert.equal((await here.get('/readyz')).status, 503);
        assert.equal((await here.get('/products?limit=1')).status, 200);
        await mend();
        await untilReady(here);
        assert.equal((await account(here, cookie)).status, 200);
      }
    });
  });
}

/** Where the document of the API names the cookie. */
interface Described {
  components: { securitySchemes: { session: { name: string } } };
}

test('the cookie is out of reach of scripts and foreign pages; with https it is Secure and the host alone sets it', async () => {
  for (const [publicUrl, wanted] of [
    ['http://shop.example', /^session=[\w-]{43}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/],
    [
      'https://shop.example',
      /^__Host-session=[\w-]{43}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/,
    ],
  ] as const) {
    const shop = await startShop([], { PUBLIC_URL: publicUrl });
    const answer = await postForm(shop);
    const { components } = await shop.json<Described>('/openapi.json');
    await shop.close();
    const cookie = answer.headers.getSetCookie()[0] ?? '';
    assert.match(cookie, wanted);
    assert.equal(components.securitySchemes.session.name, cookie.split('=')[0]);
    const https = answer.headers.get('strict-transport-security');
    assert.equal(https !== null, publicUrl.startsWith('https:'));
  }
});

test('a form of a foreign page is refused', async () => {
  const shop = await startShop([], { PUBLIC_URL: 'https://shop.example' });
  const asked: readonly [Record<string, string>, number][] = [
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://shop.example' }, 303],
    [{ origin: 'https://shop.example' }, 303],
    [{}, 303],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://shop.example' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
  ];
  for (const [headers, status] of asked) {
    assert.equal((await postForm(shop, headers)).status, status, JSON.stringify(headers));
    assert.equal(
      (await shop.get('/account/sign-out', { method: 'POST', headers })).status,
      status,
      JSON.stringify(headers),
    );
  }
  await shop.close();
});

test('a wrong password shows the form again and sets no cookie', async () => {
  const shop = await startShop([]);
  const answer = await postForm(shop, {}, 'not the password');
  await shop.close();
  assert.equal(answer.status, 401);
  assert.match(answer.body, /<p role="alert">E-mail address or password is wrong\.<\/p>/);
  assert.deepEqual(answer.headers.getSetCookie(), []);
  assert.match(
    answer.headers.get('content-security-policy') ?? '',
    /default-src 'none';.*form-action 'self'/,
  );
});

function account(shop: TestShop, cookie: string): Promise<Answer> {
  return shop.get('/account', { headers: { cookie } });
}

function postForm(
  shop: TestShop,
  headers: Record<string, string> = {},
  password = demoPassword,
): Promise<Answer> {
  return shop.get('/account/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ email: 'customer6@example.com', password }).toString(),
  });
}

/** As whoever has stolen a copy of the store would find it; Memcached has no list of its keys. */
async function anyStoredId(on: readonly OptimizationName[]): Promise<string> {
  if (on.includes('redis-sessions')) {
    const [key] = await withRedis((redis) => redis.keys(`${testDatabase}_plain:session:*`));
    return key?.split(':').at(-1) ?? assert.fail('Redis holds no session');
  }
  if (on.includes('memcached-sessions')) return 'a'.repeat(64);
  return withMysql(async (connection) => {
    const [rows] = await connection.query(`select id from ${testDatabase}_plain.sessions limit 1`);
    return (rows as { id: string }[])[0]?.id ?? assert.fail('the database holds no session');
  });
}
