import type { Logger } from 'pino';
import type { Changes } from '../cache/changes.ts';
import type { RepresentationCache } from '../cache/representation.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { shapeVersion } from '../db/schema.ts';
import { Invalidations } from '../jobs/invalidations.ts';
import { warmAtStart } from '../optimizations/cacheWarming.ts';
import { etagOf } from '../optimizations/httpCache.ts';
import { MemoryCache } from '../optimizations/memoryCache.ts';
import { RedisCache, RemoteChanges } from '../optimizations/redisCache.ts';
import type { Part } from '../routes/health.ts';
import type { Products } from '../store/products.ts';

/** The caches that are on; each list in the order in which it is asked, empty where nothing is kept. */
export interface Caches {
  /** Answers of the API. */
  answers: readonly RepresentationCache[];
  /** Whole pages. */
  views: readonly RepresentationCache[];
  /** Sections of pages; null where sections are not kept by themselves. */
  fragments: readonly RepresentationCache[] | null;
  parts: readonly Part[];
  close(): void;
}

/** They share one connection, and what makes an answer old. */
const inRedis = ['redis-cache', 'view-cache', 'fragment-cache'] as const;
/** Beside others like it, a cache in the process must hear of what they change. */
export const toldByRedis = [...inRedis, 'memory-cache'] as const;

export function openCaches(deps: {
  config: Config;
  log: Logger;
  random: () => number;
  changes: Changes;
  schema: string;
}): Caches {
  const { config, log, random, changes, schema } = deps;
  const on = config.optimizations;
  const namespace = `${schema}:v${shapeVersion}`;
  const answers: RepresentationCache[] = [];
  const parts: Part[] = [];
  const closing: (() => void)[] = [];
  const views: RepresentationCache[] = [];
  let fragments: RepresentationCache[] | null = null;
  const url = sharedBy(config);
  if (url !== null) {
    const redis = new RedisCache({
      url,
      namespace,
      ttlMs: config.cacheTtlMs,
      timeoutMs: config.redisTimeoutMs,
      lockMs: 5000,
      keepsObjects: on.has('compression'),
      etagOf: on.has('http-cache') ? etagOf : null,
      random,
      changes,
      log,
    });
    if (on.has('redis-cache')) answers.push(redis);
    if (on.has('view-cache')) views.push(redis.named('view'));
    if (on.has('fragment-cache')) fragments = [redis.named('fragment')];
    if (inRedis.some((name) => on.has(name))) parts.push({ name: 'cache', check: () => redis.ping() });
    closing.push(() => redis.close());
    const remote = new RemoteChanges({ url, namespace, changes });
    closing.push(() => remote.close());
  }
  // In front of Redis, but told of changes after it: see Changes.
  if (on.has('memory-cache')) answers.unshift(new MemoryCache({ ttlMs: config.cacheTtlMs, random, changes }));
  return {
    answers,
    views,
    fragments,
    parts,
    close() {
      for (const close of closing) close();
    },
  };
}

/** Redis, where answers are kept that other processes keep, too. */
function sharedBy({ optimizations, redisUrl }: Config): string | null {
  return toldByRedis.some((name) => optimizations.has(name)) ? redisUrl : null;
}

export function openInvalidations(config: Config, database: Database, changes: Changes): Invalidations {
  return new Invalidations({
    database,
    changes,
    shared: sharedBy(config) !== null,
    // Read before the change, kept for its time to live, and for another one by the cache that asked that one last.
    heldAtMostMs: config.database.deadlineMs + 2 * config.cacheTtlMs,
  });
}

/** Where there is a cache to fill. */
export function openWarming(deps: {
  config: Config;
  log: Logger;
  database: Database;
  products: Products;
  caches: Caches;
}): { parts: readonly Part[]; close(): void } {
  const { config, caches } = deps;
  if (!config.optimizations.has('cache-warming') || caches.answers.length === 0) {
    return { parts: [], close() {} };
  }
  const { part, close } = warmAtStart(deps);
  return { parts: [part], close };
}
