import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepresentationCache } from '../cache/representation.ts';
import type { OptimizationName } from '../optimizations/index.ts';
import { MemoryCache } from '../optimizations/memoryCache.ts';
import { type Customer, credentialsOf } from './canaries.ts';
import { memcachedContent } from './memcached.ts';
import { testDatabase, withMysql, withRedis } from './servers.ts';

/** What a variant keeps things in, beside Redis and the sessions of the database. */
export interface Stores {
  answers: readonly RepresentationCache[];
  memcachedUrl: string | null;
  /** Of nginx. */
  folder: string | null;
}

interface Held {
  where: 'memory' | 'redis' | 'database' | 'memcached' | 'files';
  key: string;
  content: string;
}

/** No store holds what it must not, and the store of the sessions is one that was looked through. */
export async function assertStoresAreClean(
  stores: Stores,
  customers: readonly Customer[],
  on: readonly OptimizationName[],
): Promise<void> {
  const { found, held } = await dumped(stores, customers);
  assert.deepEqual(found, []);
  const sessions = on.includes('memcached-sessions')
    ? 'memcached'
    : on.includes('redis-sessions')
      ? 'redis'
      : 'database';
  assert.ok(
    held.some(({ where, key }) => where === sessions && key.includes('session')),
    `${sessions} holds no session`,
  );
}

/** Everything that is kept: what is somebody's lies under a key of that customer, no key says more than an id, and nobody's credentials are there. */
export async function dumped(
  stores: Stores,
  customers: readonly Customer[],
): Promise<{ found: string[]; held: Held[] }> {
  const held = [
    ...inMemory(stores.answers),
    ...(await inRedis()),
    ...(await inDatabase()),
    ...(stores.memcachedUrl === null ? [] : await inMemcached(stores.memcachedUrl)),
    ...(stores.folder === null ? [] : await inFiles(stores.folder)),
  ];
  const found: string[] = [];
  for (const { where, key, content } of held) {
    for (const customer of customers) {
      const { name, id, canary } = customer;
      const own = key.includes(`:user ${id}|`) || key.startsWith(`${`user ${id}`.length}:user ${id}|`);
      if (key.includes(canary)) found.push(`${where}: the key ${key} has something of ${name}`);
      if (content.includes(canary) && !own) found.push(`${where}: ${key} holds something of ${name}`);
      if (credentialsOf(customer).some((secret) => (key + content).includes(secret)))
        found.push(`${where}: ${key} has what ${name} signs in with`);
    }
  }
  return { found, held };
}

function inMemory(caches: readonly RepresentationCache[]): Held[] {
  return caches
    .filter((cache) => cache instanceof MemoryCache)
    .flatMap((cache) => [...cache.entries()])
    .map(([key, { body }]) => ({ where: 'memory', key, content: body.toString() }));
}

async function inRedis(): Promise<Held[]> {
  return withRedis(async (redis) => {
    const held: Held[] = [];
    for (const key of await redis.keys(`${testDatabase}*`)) {
      const kind = await redis.type(key);
      const keep = (content: string) => held.push({ where: 'redis', key, content });
      if (kind === 'string') keep((await redis.get(key)) ?? '');
      if (kind === 'list') keep((await redis.lrange(key, 0, -1)).join());
      if (kind === 'set') keep((await redis.smembers(key)).join());
      if (kind === 'stream') keep(JSON.stringify(await redis.xrange(key, '-', '+')));
      if (kind === 'zset') keep((await redis.zrange(key, '0', '-1')).join());
      if (kind === 'hash') keep(JSON.stringify(await redis.hgetall(key)));
    }
    return held;
  });
}

async function inDatabase(): Promise<Held[]> {
  return withMysql(async (connection) => {
    const held: Held[] = [];
    for (const schema of ['plain', 'indexed']) {
      const [rows] = await connection.query(`select * from ${testDatabase}_${schema}.sessions`);
      for (const row of rows as { id: string }[]) {
        held.push({ where: 'database', key: `session ${row.id}`, content: JSON.stringify(row) });
      }
    }
    return held;
  });
}

async function inMemcached(url: string): Promise<Held[]> {
  const content = await memcachedContent(url);
  return [...content].map(([key, text]) => ({ where: 'memcached', key, content: text }));
}

async function inFiles(folder: string): Promise<Held[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const key = join(parentPath, name);
      return { where: 'files' as const, key, content: await readFile(key, 'latin1') };
    }),
  );
}
