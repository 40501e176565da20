import { Redis } from 'ioredis';
import { DynoError } from '../errors.ts';
import { type CacheKey, readKey } from './key.ts';

/** What the shop keeps for everybody who asks the same: answers, pages, sections; by namespace (schema and version). */
export interface Entry extends CacheKey {
  /** Its name in Redis. */
  name: string;
  bytes: number;
  secondsLeft: number;
}

export interface RedisStats {
  version: string;
  keys: number;
  usedBytes: number;
  hits: number;
  misses: number;
  evicted: number;
  entries: Entry[];
}

const connectTimeoutMs = 2000;
const keysAtOnce = 500;
/** Answers of the shop, see `RedisCache`; everything else in this Redis (queues, sessions, limits) is no cache. */
const values = '*:value:*';
const channels = '*:changes';

export async function withRedis<Result>(
  url: string,
  work: (redis: Redis) => Promise<Result>,
): Promise<Result> {
  const redis = new Redis(url, {
    connectTimeout: connectTimeoutMs,
    commandTimeout: 10_000,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => {});
  try {
    await redis.connect().catch((cause: unknown) => {
      throw new DynoError('Redis does not answer: "dyno up" starts it.', undefined, { cause });
    });
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

export async function redisStats(redis: Redis): Promise<RedisStats> {
  const info = await redis.info();
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return {
    version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown',
    keys: await redis.dbsize(),
    usedBytes: figure('used_memory'),
    hits: figure('keyspace_hits'),
    misses: figure('keyspace_misses'),
    evicted: figure('evicted_keys'),
    entries: await entriesOf(redis),
  };
}

/** Sorted by name. */
export async function entriesOf(redis: Redis): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const names of scan(redis, values)) {
    const asked = redis.pipeline();
    for (const name of names) asked.strlen(name).pttl(name);
    const answers = (await asked.exec()) ?? [];
    names.forEach((name, index) => {
      const key = readKey(name);
      const leftMs = Number(answers[2 * index + 1]?.[1]);
      // -2: it ended between the two looks.
      if (key === null || leftMs === -2) return;
      entries.push({
        ...key,
        name,
        bytes: Number(answers[2 * index]?.[1]),
        secondsLeft: Math.max(0, leftMs / 1000),
      });
    });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Behind the line of what is known about it. */
export async function bodyOf(redis: Redis, name: string): Promise<string> {
  const value = (await redis.get(name)) ?? '';
  return value.slice(value.indexOf('\n') + 1);
}

/**
 * Removes what was kept for others, and tells every service that listens to drop what it keeps itself. Loads that are under
 * way find the mark and keep nothing.
 */
export async function flushRedis(redis: Redis): Promise<{ removed: number; services: number }> {
  const namespaces = new Set<string>();
  let removed = 0;
  for (const pattern of [values, '*:tagged:*']) {
    for await (const names of scan(redis, pattern)) {
      for (const name of names) namespaces.add(name.split(/:(?:value|tagged):/, 1)[0] ?? '');
      const ended = await redis.unlink(names);
      if (pattern === values) removed += ended;
    }
  }
  for (const channel of (await redis.pubsub('CHANNELS', channels)) as string[]) {
    namespaces.add(channel.slice(0, -':changes'.length));
  }
  let services = 0;
  for (const namespace of namespaces) {
    const [seconds = 0, microseconds = 0] = (await redis.time()).map(Number);
    const now = String(seconds * 1_000_000 + microseconds);
    await redis.set(`${namespace}:changed:everything`, now, 'EX', rememberSeconds);
    services += await redis.publish(`${namespace}:changes`, '*');
  }
  return { removed, services };
}

/** Longer than any load. */
const rememberSeconds = 600;

/** Sessions that the shop keeps in Redis; how many there were. */
export async function flushSessions(redis: Redis): Promise<number> {
  let removed = 0;
  for await (const names of scan(redis, '*:session:*')) removed += await redis.unlink(names);
  return removed;
}

async function* scan(redis: Redis, pattern: string): AsyncGenerator<string[]> {
  let cursor = '0';
  do {
    const [next, names] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', keysAtOnce);
    cursor = next;
    if (names.length > 0) yield names;
  } while (cursor !== '0');
}
