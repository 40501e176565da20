import { Redis } from 'ioredis';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { serverOf } from '../db/server.ts';
import { until } from './until.ts';

/** What the test run was given: addresses, and the paths of programs that tests start themselves. */
export function testServers(): {
  mysqlUrl: string;
  redisUrl: string;
  memcachedUrl: string;
  memcachedPath: string;
  nginxPath: string;
} {
  const { TEST_MYSQL_URL, TEST_REDIS_URL, TEST_MEMCACHED_URL, TEST_MEMCACHED, TEST_NGINX } = process.env;
  if (
    TEST_MYSQL_URL === undefined ||
    TEST_REDIS_URL === undefined ||
    TEST_MEMCACHED_URL === undefined ||
    TEST_MEMCACHED === undefined ||
    TEST_NGINX === undefined
  ) {
    throw new Error(
      'TEST_MYSQL_URL, TEST_REDIS_URL, TEST_MEMCACHED_URL, TEST_MEMCACHED and TEST_NGINX are not all set: run the tests with npm test, which starts or finds all of them.',
    );
  }
  return {
    mysqlUrl: TEST_MYSQL_URL,
    redisUrl: TEST_REDIS_URL,
    memcachedUrl: TEST_MEMCACHED_URL,
    memcachedPath: TEST_MEMCACHED,
    nginxPath: TEST_NGINX,
  };
}

/** Schemas of the tests, so that they never write into those of a stack in use. */
export const testDatabase = 'shoptest';

export async function withMysql<Result>(
  work: (connection: Connection) => Promise<Result>,
  url = testServers().mysqlUrl,
): Promise<Result> {
  const connection = await createConnection(serverOf(url));
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

export async function inBothSchemas(sql: string): Promise<void> {
  await withMysql(async (connection) => {
    for (const schema of ['plain', 'indexed']) {
      await connection.query(`use ${testDatabase}_${schema}`);
      await connection.query(sql);
    }
  });
}

/** Statements of one kind that the server has run since it started. */
export async function countSelects(): Promise<number> {
  return withMysql(async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>("show global status like 'Com_select'");
    return Number(rows[0]?.Value);
  });
}

export async function withRedis<Result>(work: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(testServers().redisUrl);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** Removes what earlier tests left in the shared cache. */
export async function forgetCachedAnswers(): Promise<void> {
  await withRedis(async (redis) => {
    const keys = await redis.keys(`${testDatabase}_*`);
    if (keys.length > 0) await redis.del(...keys);
  });
}

/**
 * Until so many shops listen to what others change, those of tests before this one not among them. A shop forgets all that it
 * holds at the moment when it begins to listen, and is ready before: for tests of what is held.
 */
export function untilListening(shops: number): Promise<void> {
  return until(() =>
    withRedis(async (redis) => {
      const channels = (await redis.pubsub('CHANNELS', `${testDatabase}_*:changes`)) as string[];
      if (channels.length === 0) return shops === 0;
      const counted = (await redis.pubsub('NUMSUB', ...channels)) as unknown[];
      const listening = counted.filter((_, index) => index % 2 === 1);
      return listening.reduce<number>((sum, one) => sum + Number(one), 0) === shops;
    }),
  );
}

/** What a shop of several processes has left in the queues: whichever worker comes next would try it again. */
export async function forgetJobs(): Promise<void> {
  await withRedis(async (redis) => {
    const keys = await redis.keys(`${testDatabase}:jobs:*`);
    if (keys.length > 0) await redis.del(...keys);
  });
}

/** Body of the answer whose key ends so, in whichever schema's namespace; null when none is held. */
export async function cachedAnswer(keyEnd: string): Promise<string | null> {
  return withRedis(async (redis) => {
    const [key] = await redis.keys(`${testDatabase}_*:value:*${keyEnd}`);
    const value = key === undefined ? null : await redis.get(key);
    return value === null ? null : value.slice(value.indexOf('\n') + 1);
  });
}
