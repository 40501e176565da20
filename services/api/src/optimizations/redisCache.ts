import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { absenceTtlMs } from '../cache/absence.ts';
import { Breaker, within } from '../cache/breaker.ts';
import type { Change, Changes } from '../cache/changes.ts';
import { Flights } from '../cache/flights.ts';
import { type CacheName, reportLookup } from '../cache/lookups.ts';
import type { Load, Representation, RepresentationCache } from '../cache/representation.ts';
import { SameBodies } from '../cache/sameBodies.ts';
import type { Optimization } from './optimization.ts';

export const redisCache = {
  name: 'redis-cache',
  group: 'caching',
  title: 'Redis cache',
  does: 'Keeps finished answers in Redis for a limited time, shared by all processes. A changed product removes the answers that show it; a missing answer is loaded once, however many ask for it. Without Redis every request is answered from the database.',
  where: ['GET /products', 'GET /products/:id', 'GET /products/:id/related'],
  evidence: [
    { what: 'database queries', moves: 'down' },
    { what: 'hits of the Redis cache', moves: 'up' },
    { what: 'Redis commands', moves: 'up' },
  ],
  risks: [
    'Answers may be as old as their time to live when a change goes past the service.',
    'One more part that can fail.',
  ],
} as const satisfies Optimization;

const pollMs = 20;
/** How long nothing is asked after Redis failed. */
const restMs = 1000;

/**
 * Answers what is held, or takes the right to load it and says since when changes count. The times are those of
 * Redis, so that they hold for all processes.
 */
const beginScript = `
local held = redis.call('get', KEYS[1])
if held then return {'hit', held} end
if redis.call('set', KEYS[2], ARGV[1], 'nx', 'px', ARGV[2]) then
  local time = redis.call('time')
  return {'load', string.format('%.0f', time[1] * 1000000 + time[2])}
end
return {'wait', ''}`;

/** Keeps an answer unless something in it changed while it was loaded: a slow reader must not bring back the old one. */
const finishScript = `
local prefix, token, since, ttl, value = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local time = redis.call('time')
local now = time[1] * 1000000 + time[2]
local changed = redis.call('get', prefix .. 'changed:everything')
local current = not (changed and tonumber(changed) >= since)
for i = 6, #ARGV do
  changed = redis.call('get', prefix .. 'changed:' .. ARGV[i])
  if changed and tonumber(changed) >= since then current = false end
end
if current then
  redis.call('set', KEYS[1], value, 'px', ttl)
  for i = 6, #ARGV do
    local tagged = prefix .. 'tagged:' .. ARGV[i]
    redis.call('zremrangebyscore', tagged, '-inf', now)
    redis.call('zadd', tagged, now + ttl * 1000, KEYS[1])
    redis.call('pexpire', tagged, ttl * 2)
  end
end
if redis.call('get', KEYS[2]) == token then redis.call('del', KEYS[2]) end`;

const releaseScript = `
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end`;

/** Removes every answer that carries one of the tags and tells the other processes. */
const changeScript = `
local prefix, channel, remember = ARGV[1], ARGV[2], ARGV[3]
local time = redis.call('time')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
for i = 4, #ARGV do
  redis.call('set', prefix .. 'changed:' .. ARGV[i], now, 'px', remember)
  local tagged = prefix .. 'tagged:' .. ARGV[i]
  for _, key in ipairs(redis.call('zrange', tagged, 0, -1)) do redis.call('unlink', key) end
  redis.call('unlink', tagged)
  redis.call('publish', channel, ARGV[i])
end`;

export interface RedisCacheOptions {
  url: string;
  /** Answers of another schema or version are never read. */
  namespace: string;
  ttlMs: number;
  timeoutMs: number;
  /** Longer than a load takes; a process that dies while loading keeps the others waiting so long. */
  lockMs: number;
  /** Whether the same bytes are to be the same object each time, for whoever keeps what was made of it. */
  keepsObjects: boolean;
  /** For answers that another variant put there without a validator; null where none is wanted. */
  etagOf: ((body: Buffer) => string) | null;
  random: () => number;
  changes: Changes;
  log: Logger;
}

export class RedisCache implements RepresentationCache {
  readonly #redis: Redis;
  readonly #options: RedisCacheOptions;
  readonly #prefix: string;
  readonly #breaker: Breaker;
  readonly #flights = new Flights();
  readonly #objects: SameBodies | null;
  /** Changes that Redis has not heard of yet, each with its number; until it has, nothing in it can be trusted. */
  readonly #untold = new Map<string, number>();
  #changes = 0;
  #nextTry: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: RedisCacheOptions) {
    this.#options = options;
    this.#prefix = `${options.namespace}:`;
    this.#objects = options.keepsObjects ? new SameBodies() : null;
    this.#redis = new Redis(options.url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (attempt) => Math.min(50 * attempt, 500),
    });
    this.#breaker = new Breaker({
      timeoutMs: options.timeoutMs,
      restMs,
      onChange(open, cause) {
        if (open) options.log.warn({ err: cause }, 'Redis does not answer; going on without it');
        else options.log.warn('Redis answers again');
      },
    });
    // Without a listener ioredis prints each failed attempt to connect; the breaker reports the first.
    this.#redis.on('error', () => {});
    options.changes.subscribe((change) => this.#forget(change));
  }

  get(key: string, load: Load): Promise<Representation> {
    return this.#get('redis', key, load);
  }

  /** The same store for another purpose: metrics and reports tell them apart. */
  named(name: CacheName): RepresentationCache {
    return { get: (key, load) => this.#get(name, key, load) };
  }

  async #get(name: CacheName, key: string, load: Load): Promise<Representation> {
    const found = await this.#ask(() => this.#redis.getBuffer(this.#valueKey(key)));
    const hit = found.kind === 'answered' && found.value !== null;
    reportLookup(name, hit);
    if (hit && found.value !== null) return this.#decode(key, found.value);
    return this.#flights.join(key, () => (found.kind === 'skipped' ? load() : this.#loadOnce(key, load)));
  }

  /** Throws when Redis does not answer. */
  async ping(): Promise<void> {
    await within(this.#options.timeoutMs, this.#redis.ping());
  }

  close(): void {
    this.#closed = true;
    if (this.#nextTry !== null) clearTimeout(this.#nextTry);
    this.#redis.disconnect();
  }

  async #loadOnce(key: string, load: Load): Promise<Representation> {
    const token = randomUUID();
    const lockKey = `${this.#prefix}lock:${key}`;
    const { lockMs } = this.#options;
    const givesUpAtMs = performance.now() + lockMs;
    while (performance.now() < givesUpAtMs) {
      const begun = await this.#ask(() =>
        this.#redis.callBuffer('eval', beginScript, 2, this.#valueKey(key), lockKey, token, lockMs),
      );
      if (begun.kind === 'skipped') break;
      const [outcome, content] = begun.value as [Buffer, Buffer];
      switch (outcome.toString()) {
        case 'hit':
          return this.#decode(key, content);
        case 'load':
          return this.#loadAndKeep({ key, lockKey, token, since: content.toString() }, load);
        default:
          await delay(pollMs);
      }
    }
    return load();
  }

  async #loadAndKeep(
    right: { key: string; lockKey: string; token: string; since: string },
    load: Load,
  ): Promise<Representation> {
    let loaded: Representation;
    try {
      loaded = await load();
    } catch (error) {
      this.#send(releaseScript, [right.lockKey], [right.token]);
      throw error;
    }
    const { random } = this.#options;
    const ttlMs =
      loaded.absent === undefined ? this.#options.ttlMs : Math.min(absenceTtlMs, this.#options.ttlMs);
    const ttl = Math.ceil(ttlMs * (0.9 + 0.1 * random()));
    this.#send(
      finishScript,
      [this.#valueKey(right.key), right.lockKey],
      [this.#prefix, right.token, right.since, ttl, encode(loaded), ...loaded.tags],
    );
    return this.#objects === null ? loaded : { ...loaded, body: this.#objects.of(right.key, loaded.body) };
  }

  /** Nobody waits for the outcome, and the lock must go even while the breaker rests. */
  #send(script: string, keys: readonly string[], values: readonly (string | number | Buffer)[]): void {
    this.#redis.eval(script, keys.length, ...keys, ...values).catch(() => {});
  }

  async #forget(change: Change): Promise<boolean> {
    this.#flights.change(change);
    // Of other changes Redis has been told by whoever made them.
    if (change.kind !== 'changed-here') return true;
    this.#changes += 1;
    for (const tag of change.tags) this.#untold.set(tag, this.#changes);
    const { kind } = await this.#breaker.attempt(() => this.#tell());
    this.#tellLater();
    return kind === 'answered';
  }

  /** Tries until Redis knows: with a memory cache in front it may be long until somebody asks for an answer here. */
  #tellLater(): void {
    if (this.#closed || this.#untold.size === 0 || this.#nextTry !== null) return;
    this.#nextTry = setTimeout(async () => {
      this.#nextTry = null;
      await this.#breaker.attempt(() => this.#tell());
      this.#tellLater();
    }, restMs);
    this.#nextTry.unref();
  }

  async #tell(): Promise<void> {
    const told = [...this.#untold];
    if (told.length === 0) return;
    const tags = told.map(([tag]) => tag);
    const remember = this.#options.ttlMs + this.#options.lockMs * 2;
    await this.#redis.eval(changeScript, 0, this.#prefix, `${this.#prefix}changes`, remember, ...tags);
    for (const [tag, change] of told) {
      // It may have changed again meanwhile, and telling that may have failed.
      if (this.#untold.get(tag) === change) this.#untold.delete(tag);
    }
  }

  /** What was changed while Redis was away is told before anything is asked. */
  #ask<Value>(command: () => Promise<Value>) {
    return this.#breaker.attempt(async () => {
      if (this.#untold.size > 0) await this.#tell();
      return command();
    });
  }

  #decode(key: string, value: Buffer): Representation {
    const end = value.indexOf(0x0a);
    const { etag, ...rest } = JSON.parse(value.toString('utf8', 0, end)) as Omit<Representation, 'body'>;
    const bytes = value.subarray(end + 1);
    const body = this.#objects?.of(key, bytes) ?? bytes;
    return { ...rest, body, etag: etag ?? this.#options.etagOf?.(body) ?? null };
  }

  #valueKey(key: string): string {
    return `${this.#prefix}value:${key}`;
  }
}

/** Passes on what other processes changed; after a gap in the connection everything may have changed. */
export class RemoteChanges {
  readonly #redis: Redis;

  constructor(options: { url: string; namespace: string; changes: Pick<Changes, 'publish'> }) {
    this.#redis = new Redis(options.url, {
      maxRetriesPerRequest: null,
      retryStrategy: (n) => Math.min(50 * n, 500),
    });
    this.#redis.on('error', () => {});
    this.#redis.on('ready', () => void options.changes.publish({ kind: 'everything' }));
    this.#redis.on('message', (_channel: string, tag: string) => {
      void options.changes.publish(
        tag === '*' ? { kind: 'everything' } : { kind: 'changed-elsewhere', tags: [tag] },
      );
    });
    this.#redis.subscribe(`${options.namespace}:changes`).catch(() => {});
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/** What is known of it in the first line, the body after it. */
function encode({ body, ...rest }: Representation): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(rest)}\n`), body]);
}
