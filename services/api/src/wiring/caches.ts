import type { Logger } from 'pino';
import type { Changes } from '../cache/changes.ts';
import type { RepresentationCache } from '../cache/representation.ts';
import type { Config } from '../config.ts';
import { shapeVersion } from '../db/schema.ts';
import { etagOf } from '../optimizations/httpCache.ts';
import { MemoryCache } from '../optimizations/memoryCache.ts';
import { RedisCache, RemoteChanges } from '../optimizations/redisCache.ts';
import type { Part } from '../routes/health.ts';

/** The caches that are on; each list in the order in which it is asked, empty where nothing is kept. */
export interface Caches {
  /** Answers of the API. */
  answers: readonly RepresentationCache[];
  parts: readonly Part[];
  close(): void;
}

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
  if (on.has('redis-cache') && config.redisUrl !== null) {
    const url = config.redisUrl;
    const redis = new RedisCache({
      url,
      namespace,
      ttlMs: config.cacheTtlMs,
      timeoutMs: config.redisTimeoutMs,
      lockMs: 5000,
      etagOf: on.has('http-cache') ? etagOf : null,
      random,
      changes,
      log,
    });
    answers.push(redis);
    parts.push({ name: 'cache', check: () => redis.ping() });
    closing.push(() => redis.close());
    if (on.has('memory-cache')) {
      const remote = new RemoteChanges({ url, namespace, changes });
      closing.push(() => remote.close());
    }
  }
  // In front of Redis, but told of changes after it: see Changes.
  if (on.has('memory-cache')) answers.unshift(new MemoryCache({ ttlMs: config.cacheTtlMs, random, changes }));
  return {
    answers,
    parts,
    close() {
      for (const close of closing) close();
    },
  };
}
