import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../problem.ts';

export interface LimitsOptions {
  /** Null: every process counts for itself. */
  redisUrl: string | null;
  namespace: string;
  timeoutMs: number;
  /** Processes that share the limits; each counts its part while Redis is away. */
  instances: number;
}

/** Counts in Redis, for all processes; where Redis does not answer, in this process. */
export class Limits {
  readonly #redis: Redis | null;
  readonly #options: LimitsOptions;

  constructor(options: LimitsOptions) {
    this.#options = options;
    if (options.redisUrl === null) {
      this.#redis = null;
      return;
    }
    this.#redis = new Redis(options.redisUrl, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      commandTimeout: options.timeoutMs,
      retryStrategy: (attempt) => Math.min(50 * attempt, 500),
    });
    // Without a listener ioredis prints each failed attempt to connect; going on without it is the plan.
    this.#redis.on('error', () => {});
  }

  limit(name: string, points: number, seconds: number): Limit {
    const { namespace, instances } = this.#options;
    const keyPrefix = `${namespace}:${name}`;
    const own = new RateLimiterMemory({
      keyPrefix,
      points: Math.max(1, Math.floor(points / instances)),
      duration: seconds,
    });
    if (this.#redis === null) return new Limit(own);
    return new Limit(
      new RateLimiterRedis({
        storeClient: this.#redis,
        keyPrefix,
        points,
        duration: seconds,
        rejectIfRedisNotReady: true,
        insuranceLimiter: own,
      }),
    );
  }

  close(): void {
    this.#redis?.disconnect();
  }
}

export class Limit {
  readonly #limiter: RateLimiterMemory | RateLimiterRedis;

  constructor(limiter: RateLimiterMemory | RateLimiterRedis) {
    this.#limiter = limiter;
  }

  /** Throws a 429 when there have been too many. */
  async count(key: string, detail: string): Promise<void> {
    try {
      await this.#limiter.consume(key);
    } catch (rejected) {
      // What is rejected with an Error is a fault, and no excess.
      if (!(rejected instanceof RateLimiterRes)) throw rejected;
      const retryAfterSeconds = Math.max(1, Math.ceil(rejected.msBeforeNext / 1000));
      throw new Problem(429, 'Too many requests', `${detail} Come back in ${retryAfterSeconds} s.`, {
        retryAfterSeconds,
      });
    }
  }

  /** Takes back one that turned out to be no attempt. */
  async takeBack(key: string): Promise<void> {
    await this.#limiter.reward(key);
  }

  async forget(key: string): Promise<void> {
    await this.#limiter.delete(key);
  }
}
