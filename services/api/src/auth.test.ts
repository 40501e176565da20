import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SignJWT, UnsecuredJWT } from 'jose';
import { readConfig } from './config.ts';
import { demoPassword } from './db/demoPassword.ts';
import { bearer, staffId } from './testing/callers.ts';
import { testDatabase, withMysql, withRedis } from './testing/servers.ts';
import { type Answer, seedTestDatabase, startShop, type TestShop } from './testing/shop.ts';

interface Tokens {
  accessToken: string;
  tokenType: string;
  expiresInSeconds: number;
  refreshToken: string;
}

const password = 'a long enough secret of Ada';
let shop: TestShop;
let number = 0;

before(async () => {
  await seedTestDatabase();
  await forgetCounts();
  shop = await startShop(['connection-pool', 'indexes']);
});
after(() => shop.close());

describe('signing up, in and out', () => {
  test('a new customer is signed in, can sign in again, and has a profile', async () => {
    const email = newEmail();
    const up = await post('/auth/sign-up', { email: ` ${email.toUpperCase()} `, password, name: 'Ada' });
    assert.equal(up.status, 201, up.body);
    assert.equal(up.headers.get('cache-control'), 'no-store');
    const { accessToken, tokenType, expiresInSeconds } = tokensOf(up);
    assert.deepEqual([tokenType, expiresInSeconds], ['Bearer', 600]);
    const profile = await shop.json<Record<string, unknown>>('/profile', authorized(accessToken));
    assert.deepEqual([profile.email, profile.name, profile.role], [email, 'Ada', 'customer']);
    assert.equal((await signIn(email, password)).status, 200);
  });

  for (const on of [
    ['indexes'],
    [],
    // Each statement takes a connection for itself, but a lock belongs to one.
    ['connection-pool', 'parallel-awaits'],
  ] as const) {
    test(`of many who sign up with one address at once, one does (${on.join() || 'no indexes'})`, async () => {
      const here = await startShop(on);
      const email = newEmail();
      let over = false;
      // Others take what connections there are in between.
      const others = Array.from({ length: 12 }, async () => {
        while (!over) await here.get('/readyz');
      });
      const answers = await Promise.all(
        Array.from({ length: 6 }, () =>
          here.send('POST', '/auth/sign-up', { email, password, name: 'Twice' }),
        ),
      );
      over = true;
      await Promise.all(others);
      const held = await sql(
        "select is_used_lock(concat('sign-up:', left(sha2(?, 256), 40))) as holder",
        email,
      );
      await here.close();
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409]);
      assert.deepEqual(held, [{ holder: null }], 'nobody keeps the address locked');
    });
  }

  const badSignUps: readonly { name: string; body: object; parameter: string }[] = [
    { name: 'no address', body: { email: 'ada', password, name: 'A' }, parameter: 'email' },
    {
      name: 'a short password',
      body: { email: 'a@example.com', password: 'x'.repeat(11), name: 'A' },
      parameter: 'password',
    },
    {
      name: 'a password that is work',
      body: { email: 'a@example.com', password: 'x'.repeat(129), name: 'A' },
      parameter: 'password',
    },
    {
      name: 'a role of its own choice',
      body: { email: 'a@example.com', password, name: 'A', role: 'staff' },
      parameter: 'role',
    },
    { name: 'no name', body: { email: 'a@example.com', password, name: ' ' }, parameter: 'name' },
  ];
  for (const { name, body, parameter } of badSignUps) {
    test(`with ${name} it is refused and the field is named`, async () => {
      const answer = await post('/auth/sign-up', body);
      assert.equal(answer.status, 400);
      assert.deepEqual(
        JSON.parse(answer.body).errors.map((error: { in: string; parameter: string }) => [
          error.in,
          error.parameter,
        ]),
        [['body', parameter]],
      );
      assert.ok(!answer.body.includes('xxxx'), 'the password is in the answer');
    });
  }

  test('a wrong password and an unknown address get the same answer', async () => {
    const wrong = await signIn('customer1@example.com', 'not the password');
    const unknown = await signIn('nobody@example.com', 'not the password');
    assert.equal(wrong.status, 401);
    assert.equal(unknown.body, wrong.body);
  });

  test('the public password of seeded customers is refused where it is not allowed', async () => {
    const here = await startShop([], { DEMO_PASSWORD: 'refused' });
    const [refused, wrong] = [
      await here.send('POST', '/auth/sign-in', { email: 'customer3@example.com', password: demoPassword }),
      await here.send('POST', '/auth/sign-in', { email: 'customer3@example.com', password: 'wrong' }),
    ];
    await here.close();
    assert.equal(refused.status, 401);
    assert.equal(refused.body, wrong.body);
    assert.equal((await signIn('customer3@example.com', demoPassword)).status, 200);
  });

  test('nobody may choose the public password where it is not allowed', async () => {
    const here = await startShop([], { DEMO_PASSWORD: 'refused' });
    const answer = await here.send('POST', '/auth/sign-up', {
      email: newEmail(),
      password: demoPassword,
      name: 'Public',
    });
    await here.close();
    assert.equal(answer.status, 422, answer.body);
    assert.deepEqual(
      JSON.parse(answer.body).errors.map((error: { parameter: string }) => error.parameter),
      ['password'],
    );
  });

  test('a stored hash that is none lets nobody in', async () => {
    const email = newEmail();
    tokensOf(await post('/auth/sign-up', { email, password, name: 'Broken' }));
    for (const hash of [
      '',
      '$argon2id$v=19$m=9999999,t=2,p=1$YWJjZGVmZ2hpams$YWJjZGVmZ2hpamtsbW5vcHFy',
      'plain',
    ]) {
      await sql('update customers set password_hash = ? where email = ?', hash, email);
      assert.equal((await signIn(email, password)).status, 401, hash);
    }
  });
});

describe('refresh tokens', () => {
  test('each is good for one use', async () => {
    const first = await newCustomer();
    const second = tokensOf(await refresh(first.refreshToken));
    assert.equal((await shop.get('/profile', authorized(second.accessToken))).status, 200);
    const third = tokensOf(await refresh(second.refreshToken));
    assert.notEqual(third.refreshToken, second.refreshToken);
  });

  test('a used one ends all that came from the same sign-in, and nothing else', async () => {
    const email = newEmail();
    const stolen = tokensOf(await post('/auth/sign-up', { email, password, name: 'Stolen' }));
    const other = tokensOf(await signIn(email, password));
    const next = tokensOf(await refresh(stolen.refreshToken));
    assert.equal((await refresh(stolen.refreshToken)).status, 401);
    assert.equal((await refresh(next.refreshToken)).status, 401, 'the thief or the victim goes on');
    assert.equal((await refresh(other.refreshToken)).status, 200);
  });

  test('of many uses at once at most one succeeds, and the family has ended', async () => {
    const { refreshToken } = await newCustomer();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
    const succeeded = answers.filter(({ status }) => status === 200);
    assert.ok(succeeded.length <= 1);
    for (const answer of succeeded) {
      assert.equal((await refresh(tokensOf(answer).refreshToken)).status, 401);
    }
  });

  test('after signing out it is good for nothing', async () => {
    const { refreshToken } = await newCustomer();
    const next = tokensOf(await refresh(refreshToken));
    assert.equal((await post('/auth/sign-out', { refreshToken: next.refreshToken })).status, 204);
    assert.equal((await refresh(next.refreshToken)).status, 401);
    assert.equal((await post('/auth/sign-out', { refreshToken: 'unknown' })).status, 204);
  });

  test('it ends with its time', async () => {
    const { refreshToken } = await newCustomer();
    await sql('update refresh_tokens set expires_at = utc_timestamp(3) - interval 1 second');
    assert.equal((await refresh(refreshToken)).status, 401);
  });

  test('the database knows no token', async () => {
    const { refreshToken } = await newCustomer();
    const rows = await withMysql(async (connection) => {
      await connection.query(`use ${testDatabase}_indexed`);
      return (await connection.query('select * from refresh_tokens'))[0];
    });
    assert.ok(!JSON.stringify(rows).includes(refreshToken));
  });

  test('a new role is in the next access token', async () => {
    const { accessToken, refreshToken } = await newCustomer();
    const id = (await shop.json<{ id: number }>('/profile', authorized(accessToken))).id;
    await sql("update customers set role = 'staff' where id = ?", id);
    assert.equal((await setStock(accessToken)).status, 204, 'the role of this moment counts');
    const next = tokensOf(await refresh(refreshToken));
    await sql("update customers set role = 'customer' where id = ?", id);
    assert.equal((await setStock(next.accessToken)).status, 403, 'an old token gives no right back');
  });
});

describe('access tokens that are not ours', () => {
  const { jwtSecret, publicUrl } = readConfig({ MYSQL_URL: 'mysql://x@127.0.0.1' }).accounts;
  const key = new TextEncoder().encode(jwtSecret);
  const claims = { sub: String(staffId), role: 'staff' };
  const signed = (change: (token: SignJWT) => SignJWT = (token) => token, secret = key, header = {}) =>
    change(
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...header })
        .setIssuer(publicUrl)
        .setAudience('shop-api')
        .setIssuedAt()
        .setExpirationTime('5m'),
    ).sign(secret);

  test('the way in which these are made gives one of ours', async () => {
    assert.equal((await setStock(await signed())).status, 204);
  });

  const forged: readonly { name: string; token: () => Promise<string> | string }[] = [
    {
      name: 'signed with another key',
      token: () => signed(undefined, new TextEncoder().encode('x'.repeat(40))),
    },
    { name: 'signed with another algorithm', token: () => signed(undefined, key, { alg: 'HS384' }) },
    {
      name: 'not signed',
      token: () =>
        new UnsecuredJWT(claims)
          .setIssuer(publicUrl)
          .setAudience('shop-api')
          .setIssuedAt()
          .setExpirationTime('5m')
          .encode(),
    },
    {
      name: 'of another issuer',
      token: () => signed((token) => token.setIssuer('https://elsewhere.example')),
    },
    { name: 'for somebody else', token: () => signed((token) => token.setAudience('another-api')) },
    { name: 'of another kind', token: () => signed(undefined, key, { typ: 'JWT' }) },
    { name: 'that has ended', token: () => signed((token) => token.setExpirationTime('-1s')) },
    { name: 'without a caller', token: () => signed((token) => token.setSubject('')) },
    { name: 'with a caller that is no number', token: () => signed((token) => token.setSubject('1 or 1=1')) },
    { name: 'with its end cut off', token: async () => (await signed()).slice(0, -4) },
    { name: 'empty', token: () => '' },
    { name: 'of a customer whom nobody knows', token: () => signed((token) => token.setSubject('99999999')) },
  ];
  for (const { name, token } of forged) {
    test(`${name} are refused`, async () => {
      const answer = await setStock(await token());
      assert.ok(answer.status === 401 || answer.status === 403, `${answer.status} ${answer.body}`);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      if (answer.status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
    });
  }
});

describe('profile', () => {
  test('it is that of whoever asks, and nobody keeps it', async () => {
    for (const id of [1, 2]) {
      const answer = await shop.get('/profile', { headers: await bearer(id) });
      assert.equal(JSON.parse(answer.body).email, `customer${id}@example.com`);
      assert.equal(answer.headers.get('cache-control'), 'private, no-store');
    }
  });

  test('parts of it can be changed, and only those', async () => {
    const { accessToken } = await newCustomer();
    const { headers } = authorized(accessToken);
    const before = JSON.parse((await shop.get('/profile', { headers })).body);
    const answer = await shop.send(
      'PATCH',
      '/profile',
      { city: 'Köln', bio: "'; drop table profiles" },
      headers,
    );
    assert.deepEqual(JSON.parse(answer.body), { ...before, city: 'Köln', bio: "'; drop table profiles" });
    const name = await shop.send('PATCH', '/profile', { name: 'Grace' }, headers);
    assert.equal(JSON.parse(name.body).name, 'Grace');
    assert.deepEqual(JSON.parse((await shop.get('/profile', { headers })).body), JSON.parse(name.body));
  });

  test('who signed up without getting as far as a profile can fill it in', async () => {
    const { headers } = authorized((await newCustomer()).accessToken);
    const { id } = JSON.parse((await shop.get('/profile', { headers })).body);
    await sql('delete from profiles where customer_id = ?', id);
    const answer = await shop.send('PATCH', '/profile', { city: 'Bonn' }, headers);
    assert.equal(JSON.parse(answer.body).city, 'Bonn');
  });

  for (const change of [
    { role: 'staff' },
    { id: 1 },
    { email: 'x@example.com' },
    { customer_id: 2 },
    { country: 'Germany' },
    { __proto__x: 1 },
  ]) {
    test(`${Object.keys(change)} cannot be set to ${Object.values(change)}`, async () => {
      const answer = await shop.send('PATCH', '/profile', change, await bearer(5));
      assert.equal(answer.status, 400);
      assert.equal(JSON.parse(answer.body).errors[0].parameter, Object.keys(change)[0]);
    });
  }
});

async function newCustomer(): Promise<Tokens> {
  return tokensOf(await post('/auth/sign-up', { email: newEmail(), password, name: 'Somebody' }));
}

function newEmail(): string {
  number += 1;
  return `new${process.pid}-${number}@example.com`;
}

function signIn(email: string, given: string): Promise<Answer> {
  return post('/auth/sign-in', { email, password: given });
}

function refresh(refreshToken: string): Promise<Answer> {
  return post('/auth/refresh', { refreshToken });
}

function post(path: string, content: unknown): Promise<Answer> {
  return shop.send('POST', path, content);
}

function setStock(accessToken: string): Promise<Answer> {
  return shop.send('PATCH', '/products/3/stock', { stock: 5 }, authorized(accessToken).headers);
}

function authorized(accessToken: string): { headers: { authorization: string } } {
  return { headers: { authorization: `Bearer ${accessToken}` } };
}

function tokensOf(answer: Answer): Tokens {
  assert.ok(answer.status < 300, `${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}

function sql(statement: string, ...values: unknown[]): Promise<unknown> {
  return withMysql(async (connection) => {
    await connection.query(`use ${testDatabase}_indexed`);
    return (await connection.query(statement, values))[0];
  });
}

/** Of an earlier run of the tests. */
function forgetCounts(): Promise<void> {
  return withRedis(async (redis) => {
    const keys = await redis.keys(`${testDatabase}:limits:*`);
    if (keys.length > 0) await redis.del(...keys);
  });
}
