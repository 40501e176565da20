import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError, readConfig } from './config.ts';

const fine = { MYSQL_URL: 'mysql://shop:pw@127.0.0.1:3306' };
const production = {
  ...fine,
  NODE_ENV: 'production',
  JWT_SECRET: 'j'.repeat(32),
  SESSION_SECRET: 's'.repeat(32),
};

describe('environment', () => {
  const bad: readonly { name: string; env: NodeJS.ProcessEnv; says: RegExp[] }[] = [
    { name: 'without a database', env: {}, says: [/MYSQL_URL/] },
    {
      name: 'with several bad variables names all of them',
      env: {
        PORT: 'http',
        MYSQL_URL: 'postgres://x',
        LOG_LEVEL: 'loud',
        DB_POOL_SIZE: '0',
        SHOP_DATABASE: 'a-b',
      },
      says: [
        /PORT/,
        /MYSQL_URL: must be a URL that begins with mysql:/,
        /LOG_LEVEL/,
        /DB_POOL_SIZE/,
        /SHOP_DATABASE/,
      ],
    },
    {
      name: 'with an unknown optimization says which there are',
      env: { ...fine, SHOP_OPTIMIZATIONS: 'indexes,turbo' },
      says: [/SHOP_OPTIMIZATIONS: "turbo" is no optimization; there are indexes, .*http-cache/],
    },
    {
      name: 'with redis-cache and no Redis',
      env: { ...fine, SHOP_OPTIMIZATIONS: 'redis-cache' },
      says: [/REDIS_URL: redis-cache needs it/],
    },
    {
      name: 'in production without secrets of its own',
      env: { ...fine, NODE_ENV: 'production' },
      says: [/JWT_SECRET: must be set in production/, /SESSION_SECRET: must be set in production/],
    },
    {
      name: 'with a secret that can be guessed',
      env: { ...production, JWT_SECRET: 'secret' },
      says: [/JWT_SECRET: must have at least 32 characters/],
    },
  ];
  for (const { name, env, says } of bad) {
    test(`${name} is refused`, () => {
      assert.throws(
        () => readConfig(env),
        (error) => {
          assert.ok(error instanceof ConfigError);
          for (const pattern of says) assert.match(error.message, pattern);
          return true;
        },
      );
    });
  }

  test('a password never gets into a message', () => {
    assert.throws(
      () => readConfig({ MYSQL_URL: 'postgres://shop:hunter2@db', PORT: '-1' }),
      (error: Error) => !error.message.includes('hunter2'),
    );
  });

  test('an empty list is the baseline; order, spaces and repeats do not matter', () => {
    assert.deepEqual([...readConfig({ ...fine, SHOP_OPTIMIZATIONS: '' }).optimizations], []);
    const config = readConfig({ ...fine, SHOP_OPTIMIZATIONS: ' http-cache, indexes,,indexes ' });
    assert.deepEqual([...config.optimizations].sort(), ['http-cache', 'indexes']);
  });

  test('the public password of the seeded customers is taken in production only where it is asked for', () => {
    const accepts = (env: NodeJS.ProcessEnv) => readConfig(env).accounts.acceptsDemoPassword;
    assert.deepEqual(
      [accepts(fine), accepts(production), accepts({ ...production, DEMO_PASSWORD: 'allowed' })],
      [true, false, true],
    );
  });

  test('in production only warnings and errors are logged unless LOG_LEVEL says otherwise', () => {
    assert.equal(readConfig(fine).logLevel, 'info');
    assert.equal(readConfig(production).logLevel, 'warn');
    assert.equal(readConfig({ ...production, LOG_LEVEL: 'debug' }).logLevel, 'debug');
  });
});
