import { z } from 'zod';
import { type AccountsConfig, accountsConfig, accountsEnvironment, publicSecrets } from './accountsConfig.ts';
import { chooseOptimizations } from './optimizations/choice.ts';
import type { OptimizationName } from './optimizations/index.ts';
import { type Balance, balances } from './optimizations/nginxBalancing.ts';

const milliseconds = z.coerce.number().int().min(1).max(600_000);
const url = (...protocols: string[]) =>
  z.string().refine(
    (text) => {
      return URL.canParse(text) && protocols.includes(new URL(text).protocol);
    },
    `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );

const optimizationList = z
  .string()
  .default('')
  .transform((text, context): ReadonlySet<OptimizationName> => {
    const { chosen, mistakes } = chooseOptimizations(text);
    for (const mistake of mistakes) context.addIssue(mistake);
    return chosen;
  });

const environmentSchema = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
    HOST: z.string().min(1).default('127.0.0.1'),
    NODE_ENV: z.string().default('development'),
    /** One server. No database in it: `indexes` decides between `<SHOP_DATABASE>_plain` and `<SHOP_DATABASE>_indexed`. */
    MYSQL_URL: url('mysql:'),
    /** Needed by redis-cache, view-cache, fragment-cache and redis-sessions; limits are counted there. */
    REDIS_URL: url('redis:', 'rediss:').optional(),
    /** Needed by memcached-sessions. */
    MEMCACHED_URL: url('memcached:').optional(),
    SHOP_DATABASE: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,39}$/, 'lower-case letters, digits and underscores, at most 40')
      .default('shop'),
    SHOP_OPTIMIZATIONS: optimizationList,
    /** Errors are always logged; the access log is level info, so that a measured service in production does not pay for it. */
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
    DB_CONNECT_TIMEOUT_MS: milliseconds.default(5000),
    DB_QUERY_TIMEOUT_MS: milliseconds.default(10_000),
    /** For all database work of one request, waiting for a connection included. */
    DB_DEADLINE_MS: milliseconds.default(20_000),
    DB_POOL_SIZE: z.coerce.number().int().min(1).max(1000).default(10),
    DB_POOL_QUEUE: z.coerce.number().int().min(1).max(100_000).default(500),
    CACHE_TTL_MS: milliseconds.default(60_000),
    REDIS_TIMEOUT_MS: milliseconds.default(50),
    /** Longer than for a cache: a page cannot do without the session. */
    SESSION_TIMEOUT_MS: milliseconds.default(800),
    SMTP_URL: url('smtp:', 'smtps:').default('smtp://127.0.0.1:1025'),
    MAIL_FROM: z.string().min(3).default('Shop <shop@shop.invalid>'),
    SMTP_TIMEOUT_MS: milliseconds.default(10_000),
    /** How long a job holds what only one may work on, without news from it. */
    JOB_LEASE_MS: milliseconds.default(60_000),
    /** Between two looks for rows that nobody needs any more; in the service the first one comes after as long, too. */
    PRUNE_INTERVAL_MS: milliseconds.default(600_000),
    /** How many processes answer, with cluster or nginx-balancing; as many as cores unless said. */
    INSTANCES: z.coerce.number().int().min(1).max(64).optional(),
    NGINX_PATH: z.string().min(1).default('nginx'),
    NGINX_BALANCE: z.enum(balances).default('round-robin'),
    /** How long nginx waits for an answer; for that of an import it waits longer. */
    NGINX_READ_TIMEOUT_MS: milliseconds.default(60_000),
    /** With thread-pool. Node reads it at its start: without the switch it is what Node was started with. */
    UV_THREADPOOL_SIZE: z.coerce.number().int().min(1).max(1024).optional(),
    HEAP_SEMI_SPACE_MB: z.coerce.number().int().min(1).max(512).optional(),
    /** Where nginx stands in front: HTTPS with a certificate of its own, beside PORT; 0 is any free one. */
    HTTPS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
    /** Folder below which static files are made, once; in the system's temporary one unless said. */
    SHOP_STATIC: z.string().startsWith('/').optional(),
    /** Set by the supervisor where nginx stands in front. */
    SHOP_SOCKET: z.string().optional(),
    /** Between the stop signal and closing the socket, so that a balancer can notice. */
    DRAIN_MS: z.coerce.number().int().min(0).max(60_000).default(1000),
    ...accountsEnvironment,
  })
  .superRefine((env, context) => {
    if (env.NODE_ENV === 'production') {
      for (const name of publicSecrets(env)) {
        const message = 'must be set in production, to at least 32 random characters: its default is public';
        context.addIssue({ code: 'custom', path: [name], message });
      }
    }
    if (env.SHOP_OPTIMIZATIONS.has('memcached-sessions') && env.MEMCACHED_URL === undefined) {
      context.addIssue({ code: 'custom', path: ['MEMCACHED_URL'], message: 'memcached-sessions needs it' });
    }
    for (const name of ['redis-cache', 'view-cache', 'fragment-cache', 'redis-sessions'] as const) {
      if (env.SHOP_OPTIMIZATIONS.has(name) && env.REDIS_URL === undefined) {
        context.addIssue({ code: 'custom', path: ['REDIS_URL'], message: `${name} needs it` });
      }
    }
  });

export interface Config {
  port: number;
  host: string;
  logLevel: string;
  mysqlUrl: string;
  redisUrl: string | null;
  memcachedUrl: string | null;
  databasePrefix: string;
  optimizations: ReadonlySet<OptimizationName>;
  database: {
    connectTimeoutMs: number;
    queryTimeoutMs: number;
    deadlineMs: number;
    poolSize: number;
    poolQueue: number;
  };
  cacheTtlMs: number;
  redisTimeoutMs: number;
  sessionTimeoutMs: number;
  mail: { smtpUrl: string; from: string; timeoutMs: number };
  jobLeaseMs: number;
  pruneIntervalMs: number;
  /** Null: as many as cores. */
  instances: number | null;
  nginx: { path: string; balance: Balance; readTimeoutMs: number };
  httpsPort: number | null;
  staticFolder: string | null;
  threads: number | null;
  semiSpaceMegabytes: number | null;
  /** Requests come through our own nginx, which says who asks. */
  isBehindNginx: boolean;
  drainMs: number;
  accounts: AccountsConfig;
}

/** Names every bad variable at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const bad = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`The environment does not fit:\n${bad.join('\n')}`);
  }
  const env = parsed.data;
  return {
    port: env.PORT,
    host: env.HOST,
    logLevel: env.LOG_LEVEL ?? (env.NODE_ENV === 'production' ? 'warn' : 'info'),
    mysqlUrl: env.MYSQL_URL,
    redisUrl: env.REDIS_URL ?? null,
    memcachedUrl: env.MEMCACHED_URL ?? null,
    databasePrefix: env.SHOP_DATABASE,
    optimizations: env.SHOP_OPTIMIZATIONS,
    database: {
      connectTimeoutMs: env.DB_CONNECT_TIMEOUT_MS,
      queryTimeoutMs: env.DB_QUERY_TIMEOUT_MS,
      deadlineMs: env.DB_DEADLINE_MS,
      poolSize: env.DB_POOL_SIZE,
      poolQueue: env.DB_POOL_QUEUE,
    },
    cacheTtlMs: env.CACHE_TTL_MS,
    redisTimeoutMs: env.REDIS_TIMEOUT_MS,
    sessionTimeoutMs: env.SESSION_TIMEOUT_MS,
    mail: { smtpUrl: env.SMTP_URL, from: env.MAIL_FROM, timeoutMs: env.SMTP_TIMEOUT_MS },
    jobLeaseMs: env.JOB_LEASE_MS,
    pruneIntervalMs: env.PRUNE_INTERVAL_MS,
    instances: env.INSTANCES ?? null,
    nginx: {
      path: env.NGINX_PATH,
      balance: env.NGINX_BALANCE,
      readTimeoutMs: env.NGINX_READ_TIMEOUT_MS,
    },
    httpsPort: env.HTTPS_PORT ?? null,
    staticFolder: env.SHOP_STATIC ?? null,
    threads: env.UV_THREADPOOL_SIZE ?? null,
    semiSpaceMegabytes: env.HEAP_SEMI_SPACE_MB ?? null,
    isBehindNginx: env.SHOP_SOCKET !== undefined,
    drainMs: env.DRAIN_MS,
    accounts: accountsConfig(env),
  };
}
