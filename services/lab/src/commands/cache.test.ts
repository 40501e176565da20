import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { Redis } from 'ioredis';

const cli = join(import.meta.dirname, '..', 'cli.ts');
const namespace = 'of_a_test:v1';
const mine = `${namespace}:value:7:user 17|7:account`;
const anothers = `${namespace}:value:8:user 170|7:account`;
const everybodys = `${namespace}:value:6:public|8:products|5:limit|2:20`;
const noCache = 'of_a_test:jobs:email';
const session = 'of_a_test:session:abc';
let redis: Redis;

before(async () => {
  redis = new Redis(process.env.TEST_REDIS_URL ?? assert.fail('run the tests with npm test'));
  await redis.set(mine, '{"etag":null,"tags":["customer:17"]}\n<h1>\u001b[31mYour account</h1>', 'EX', 60);
  await redis.set(anothers, '{"etag":null,"tags":[]}\nof somebody else', 'EX', 60);
  await redis.set(everybodys, '{"etag":null,"tags":[]}\n{"items":[]}', 'EX', 60);
  await redis.set(noCache, 'waiting');
  await redis.set(session, '{}', 'EX', 60);
});

after(async () => {
  await redis.del(mine, anothers, everybodys, noCache, `${namespace}:changed:everything`);
  redis.disconnect();
});

test('stats: what the stores hold, by whom it may be seen', async () => {
  const { stdout, code } = await dyno('stats');
  assert.equal(code, 0);
  assert.match(stdout, /^Redis \d.*in use/m);
  assert.match(stdout, /^ {2}of_a_test:v1: 3 answers \(1 public, 2 user\), \d+\sB$/m);
  assert.match(stdout, /^Memcached 1\.\d+\.\d+: \d+ items?, .* in use/m);
  assert.match(stdout, /^Services?/m);
  const told = JSON.parse((await dyno('stats', '--json')).stdout);
  assert.ok(told.redis.entries.some(({ name }: { name: string }) => name === mine));
});

test('inspect: the keys with these words, and their content without what steers a terminal', async () => {
  const { stdout } = await dyno('inspect', 'user 17', '--body');
  assert.match(stdout, /^of_a_test:v1 user 17 account \d+ B [1-6]\d s left\n<h1>Your account<\/h1>\n$/);
  assert.match((await dyno('inspect', 'nothing like this')).stdout, /no cached answer.*nothing like this/);
});

test('flush: no answer is left, listeners are told, and what is no cache stays', async () => {
  const listener = redis.duplicate();
  await listener.subscribe(`${namespace}:changes`);
  const heard = once(listener, 'message');
  const { stdout } = await dyno('flush');
  assert.match(stdout, /^\d+ cached answers? removed from Redis, \d+ listening services? told\.$/m);
  assert.deepEqual(await heard, [`${namespace}:changes`, '*']);
  listener.disconnect();
  assert.deepEqual(await redis.mget(mine, anothers, everybodys, noCache, session), [
    null,
    null,
    null,
    'waiting',
    '{}',
  ]);
  assert.ok(Number(await redis.get(`${namespace}:changed:everything`)) > 0);
  assert.match((await dyno('flush', '--sessions')).stdout, /[1-9]\d* sessions? removed.*Memcached is empty/);
  assert.equal(await redis.get(session), null);
});

async function dyno(...args: string[]): Promise<{ stdout: string; code: number | null }> {
  const child = spawn(process.execPath, [cli, 'cache', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const stdout = (await text(child.stdout)).replaceAll('\u00a0', ' ');
  const [code] = await ended;
  return { stdout, code };
}
