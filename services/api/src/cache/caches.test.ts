import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createLog } from '../log.ts';
import { MemoryCache } from '../optimizations/memoryCache.ts';
import { RedisCache } from '../optimizations/redisCache.ts';
import { forgetCachedAnswers, testDatabase, testServers, withRedis } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { absenceTtlMs } from './absence.ts';
import { Changes } from './changes.ts';
import type { Representation, RepresentationCache } from './representation.ts';

interface Opened {
  cache: RepresentationCache;
  close(): void;
}

/** Promises that both caches keep; loads are under the test's control. */
const kinds: readonly { kind: 'memory' | 'redis'; open(changes: Changes): Promise<Opened> }[] = [
  {
    kind: 'memory',
    async open(changes) {
      return { cache: new MemoryCache({ ttlMs: 60_000, random: () => 0.5, changes }), close() {} };
    },
  },
  {
    kind: 'redis',
    async open(changes) {
      const cache = redisCache(changes, () => 0.5);
      await untilAnswered(() => cache.ping());
      return { cache, close: () => cache.close() };
    },
  },
];

for (const { kind, open } of kinds) {
  describe(`${kind} cache`, () => {
    let changes: Changes;
    let opened: Opened;
    beforeEach(async () => {
      await forgetCachedAnswers();
      changes = new Changes();
      opened = await open(changes);
    });
    afterEach(() => opened.close());

    test('loads once and keeps', async () => {
      let loads = 0;
      const load = async () => {
        loads += 1;
        return answer(`load ${loads}`, ['product:1']);
      };
      assert.equal(await get('a', load), 'load 1');
      assert.equal(await get('a', load), 'load 1');
      assert.equal(await get('b', load), 'load 2');
    });

    test('gives back body, validator and tags byte for byte', async () => {
      const content = { body: Buffer.from('"ü\n\u0000 \n'), etag: '"x"', tags: ['product:1', 'product:2'] };
      await opened.cache.get('bytes', async () => content);
      const held = await opened.cache.get('bytes', neverLoad);
      assert.deepEqual({ ...held, body: Buffer.from(held.body) }, content);
    });

    test('keeps an absence, too, and no longer than absences are kept', async () => {
      const nothing = { ...answer('', ['product:9']), absent: 'There is no product 9.' };
      await opened.cache.get('nothing', async () => nothing);
      assert.equal((await opened.cache.get('nothing', neverLoad)).absent, 'There is no product 9.');
      if (kind === 'redis') {
        const ttlMs = await withRedis((redis) => redis.pttl(`${testDatabase}_caches:value:nothing`));
        assert.ok(ttlMs > 0 && ttlMs <= absenceTtlMs, `${ttlMs}`);
      }
    });

    test('forgets what carries a changed tag, and only that', async () => {
      await get('one', async () => answer('one', ['product:1', 'product:2']));
      await get('other', async () => answer('other', ['product:3']));
      await changes.publish({ kind: 'changed-here', tags: ['product:2'] });
      assert.equal(await get('one', async () => answer('new', ['product:2'])), 'new');
      assert.equal(await get('other', neverLoad), 'other');
    });

    test('a slow reader does not bring back what has changed meanwhile', async () => {
      const slow = Promise.withResolvers<Representation>();
      const started = Promise.withResolvers<void>();
      const first = get('page', () => {
        started.resolve();
        return slow.promise;
      });
      await started.promise;
      await changes.publish({ kind: 'changed-here', tags: ['product:7'] });
      slow.resolve(answer('old', ['product:7']));
      assert.equal(await first, 'old');
      assert.equal(await get('page', async () => answer('new', ['product:7'])), 'new');
      assert.equal(await get('page', neverLoad), 'new');
    });

    test('who asks after a change does not get what a load from before it finds', async () => {
      const slow = Promise.withResolvers<Representation>();
      const started = Promise.withResolvers<void>();
      const first = get('page', () => {
        started.resolve();
        return slow.promise;
      });
      await started.promise;
      await changes.publish({ kind: 'changed-here', tags: ['product:7'] });
      const second = get('page', async () => answer('new', ['product:7']));
      slow.resolve(answer('old', ['product:7']));
      assert.deepEqual([await first, await second], ['old', 'new']);
    });

    test('a failed load reaches all who wait, is not kept, and lets the next one try at once', async () => {
      const failing = Promise.withResolvers<Representation>();
      const started = Promise.withResolvers<void>();
      let loads = 0;
      const waiting = Array.from({ length: 200 }, () =>
        get('page', () => {
          loads += 1;
          started.resolve();
          return failing.promise;
        }),
      );
      await started.promise;
      failing.reject(new Error('no database'));
      for (const result of await Promise.allSettled(waiting)) assert.equal(result.status, 'rejected');
      assert.equal(loads, 1);
      assert.equal(await get('page', async () => answer('fine', [])), 'fine');
    });

    test('what is held is one object, so that what was made of it is made once; another content is another', async () => {
      const body = async () =>
        (await opened.cache.get('page', async () => answer('first', ['product:1']))).body;
      const first = await body();
      assert.equal(await body(), first);
      await changes.publish({ kind: 'changed-here', tags: ['product:1'] });
      const second = await opened.cache.get('page', async () => answer('other', []));
      assert.equal(second.body.toString(), 'other');
      assert.equal((await opened.cache.get('page', neverLoad)).body, second.body);
    });

    test('tells of hits and misses', async () => {
      const seen: unknown[] = [];
      const listener = (lookup: unknown) => void seen.push(lookup);
      subscribe('dyno:cache', listener);
      await get('page', async () => answer('x', []));
      await get('page', neverLoad);
      unsubscribe('dyno:cache', listener);
      assert.deepEqual(seen, [
        { cache: kind, hit: false },
        { cache: kind, hit: true },
      ]);
    });

    async function get(key: string, load: () => Promise<Representation>): Promise<string> {
      return (await opened.cache.get(key, load)).body.toString();
    }
  });
}

describe('the time to live', () => {
  const ends = [
    { random: 0, name: 'shortest', ms: 54_000 },
    { random: 0.999, name: 'longest', ms: 59_994 },
  ];
  for (const { random, name, ms } of ends) {
    test(`memory cache: at its ${name} it is a tenth shorter at most, by chance`, async (context) => {
      let nowMs = 1_000_000;
      context.mock.timers.enable({ apis: ['setTimeout'] });
      context.mock.method(performance, 'now', () => nowMs);
      const cache = new MemoryCache({ ttlMs: 60_000, random: () => random, changes: new Changes() });
      await cache.get('page', async () => answer('old', []));
      const after = async (passedMs: number) => {
        nowMs += passedMs;
        // It remembers the time for a moment.
        context.mock.timers.tick(1000);
        return (await cache.get('page', async () => answer('new', []))).body.toString();
      };
      assert.equal(await after(ms - 100), 'old');
      assert.equal(await after(200), 'new');
    });

    test(`redis cache: at its ${name} it is a tenth shorter at most, by chance`, async () => {
      await forgetCachedAnswers();
      const cache = redisCache(new Changes(), () => random);
      await untilAnswered(() => cache.ping());
      await cache.get('page', async () => answer('x', []));
      const leftMs = () => withRedis((redis) => redis.pttl(`${testDatabase}_caches:value:page`));
      // It is kept behind the answer.
      await until(async () => (await leftMs()) > 0);
      const left = await leftMs();
      cache.close();
      assert.ok(left <= ms + 1, `${left} ms`);
      if (random > 0) assert.ok(left > 54_000, `${left} ms`);
    });
  }
});

test('redis cache: when the process that loads has died, the others go on after its lock has ended', async () => {
  await forgetCachedAnswers();
  const dying = await kinds[1]?.open(new Changes());
  const other = await kinds[1]?.open(new Changes());
  const started = Promise.withResolvers<void>();
  void dying?.cache.get('page', () => {
    started.resolve();
    return new Promise(() => {});
  });
  await started.promise;
  dying?.close();
  const answered = await other?.cache.get('page', async () => answer('loaded by the other', []));
  assert.equal(answered?.body.toString(), 'loaded by the other');
  other?.close();
});

function redisCache(changes: Changes, random: () => number): RedisCache {
  return new RedisCache({
    url: testServers().redisUrl,
    namespace: `${testDatabase}_caches`,
    ttlMs: 60_000,
    timeoutMs: 1000,
    lockMs: 300,
    etagOf: null,
    keepsObjects: true,
    random,
    changes,
    log: createLog('silent'),
  });
}

function answer(text: string, tags: readonly string[]): Representation {
  return { body: Buffer.from(text), etag: null, tags };
}

async function neverLoad(): Promise<Representation> {
  assert.fail('It was loaded although it is held.');
}

async function untilAnswered(ask: () => Promise<unknown>): Promise<void> {
  for (const deadlineMs = performance.now() + 10_000; performance.now() < deadlineMs; ) {
    try {
      return void (await ask());
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  throw new Error('Redis did not answer within 10 s.');
}
