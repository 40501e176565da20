import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { before, describe, test } from 'node:test';
import { readConfig } from '../config.ts';
import { hashesAtOnce } from '../optimizations/threadPool.ts';
import { seedTestDatabase, startShop } from '../testing/shop.ts';
import { ask, childrenNamed, descendants, fast, lives, spawnShop, start } from '../testing/supervised.ts';
import { until } from '../testing/until.ts';
import { processPlan } from '../wiring/processes.ts';

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
    const flags = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
    assert.deepEqual(planOf('heap-settings')?.flags, flags);
  });

  test('more threads hash more passwords at once: as many as a process has cores, and half of the threads stay free', () => {
    const table = [
      { threads: 16, cores: 6, instances: 1, hashes: 6 },
      { threads: 16, cores: 64, instances: 1, hashes: 8 },
      { threads: 16, cores: 8, instances: 2, hashes: 4 },
      { threads: 16, cores: 8, instances: 8, hashes: 2 },
      { threads: 16, cores: 1, instances: 1, hashes: 2 },
      { threads: 1, cores: 8, instances: 1, hashes: 1 },
    ];
    for (const { hashes, ...given } of table) assert.equal(hashesAtOnce(given), hashes);
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

test('cluster: a process that dies is replaced, and the other one answers meanwhile', async (t) => {
  const shop = await start(t, { SHOP_OPTIMIZATIONS: `${fast},cluster`, INSTANCES: '2' });
  const instances = () => childrenNamed(shop.child, 'api/src/main.ts');
  const [victim] = await instances();
  assert.ok(victim);
  process.kill(victim, 'SIGKILL');
  await shop.lines.until('ended; it is started again');
  assert.equal((await ask(`${shop.url}/products/7`)).status, 200);
  await until(async () => {
    const now = await instances();
    return now.length === 2 && !now.includes(victim);
  });
});

test('the supervisor is killed: nothing of it stays alive, and the next one removes its folder', async (t) => {
  const front = { SHOP_OPTIMIZATIONS: `${fast},nginx-balancing`, INSTANCES: '2' };
  const shop = await start(t, front);
  const pids = await descendants(shop.child);
  assert.ok(pids.length >= 4, String(pids));
  shop.child.kill('SIGKILL');
  await until(async () => !pids.some(lives));
  const next = await start(t, front);
  const folders = (await readdir(tmpdir())).filter((name) =>
    [shop, next].some(({ child }) => name.startsWith(`shop-${child.pid}-`)),
  );
  assert.deepEqual(
    folders.map((name) => name.split('-')[1]),
    [String(next.child.pid)],
  );
});

test('a second deploy while one is under way replaces everything once more', {
  timeout: 60_000,
}, async (t) => {
  const shop = await start(t, { SHOP_OPTIMIZATIONS: `${fast},cluster`, INSTANCES: '2' });
  const pids: unknown[] = await childrenNamed(shop.child, 'api/src/main.ts');
  shop.child.kill('SIGUSR2');
  // The first instance is on its way out, and its successor not there yet.
  await shop.lines.until('stopping');
  shop.child.kill('SIGUSR2');
  for (let replaced = 0; replaced < 4; replaced += 1) pids.push((await shop.lines.until('replaced')).pid);
  assert.equal(new Set(pids).size, 6);
  assert.deepEqual((await childrenNamed(shop.child, 'api/src/main.ts')).toSorted(), pids.slice(4).toSorted());
  assert.equal(await shop.stop('SIGTERM'), 0);
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
