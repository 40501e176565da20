import { type Config, ConfigError, readConfig } from '@dyno/api/config';
import { z } from 'zod';

const demoPassword = 'board';
const milliseconds = z.coerce.number().int().min(1).max(3_600_000);

const environmentSchema = z
  .object({
    HOST: z.string().min(1).default('127.0.0.1'),
    /** Health and board; 0 is any free port, which the first line of the log names. */
    WORKER_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
    NODE_ENV: z.string().default('development'),
    /** User `board`. In production there is no board without it. */
    BOARD_PASSWORD: z.string().optional(),
    /** Jobs of one kind at a time; imports and reports are one at a time, they keep the database busy by themselves. */
    WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(10),
    RELAY_INTERVAL_MS: milliseconds.default(200),
    RELAY_RESTORE_MS: milliseconds.default(5000),
    JOB_RETRY_DELAY_MS: milliseconds.default(1000),
    JOB_LOCK_MS: milliseconds.default(10_000),
    JOB_DEADLINE_MS: milliseconds.default(300_000),
    /** For the jobs under way when the process is told to stop; what is left is given back. */
    WORKER_DRAIN_MS: milliseconds.default(8000),
    /** An event loop that has been blocked for so long ends the process; its supervisor starts another. */
    WATCHDOG_MS: milliseconds.default(30_000),
  })
  .superRefine((env, context) => {
    if (env.NODE_ENV === 'production' && env.BOARD_PASSWORD === demoPassword) {
      context.addIssue({
        code: 'custom',
        path: ['BOARD_PASSWORD'],
        message: 'is the password of the demonstration; choose another, or none for no board',
      });
    }
  });

export interface WorkerConfig {
  shop: Config & { redisUrl: string };
  host: string;
  port: number;
  boardPassword: string | null;
  concurrency: number;
  relayIntervalMs: number;
  relayRestoreMs: number;
  retryDelayMs: number;
  lockMs: number;
  jobDeadlineMs: number;
  drainMs: number;
  watchdogMs: number;
}

/** The service's variables and a few of our own; all bad ones are named at once. */
export function readWorkerConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  const problems: string[] = [];
  const shop = shopConfig(environment, problems);
  const parsed = environmentSchema.safeParse(withoutEmpty(environment));
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`));
  }
  if (shop === null || !parsed.success) {
    throw new ConfigError(`The environment does not fit:\n${problems.join('\n')}`);
  }
  const env = parsed.data;
  const production = env.NODE_ENV === 'production';
  return {
    shop,
    host: env.HOST,
    port: env.WORKER_PORT,
    boardPassword: env.BOARD_PASSWORD ?? (production ? null : demoPassword),
    concurrency: env.WORKER_CONCURRENCY,
    relayIntervalMs: env.RELAY_INTERVAL_MS,
    relayRestoreMs: env.RELAY_RESTORE_MS,
    retryDelayMs: env.JOB_RETRY_DELAY_MS,
    lockMs: env.JOB_LOCK_MS,
    jobDeadlineMs: env.JOB_DEADLINE_MS,
    drainMs: env.WORKER_DRAIN_MS,
    watchdogMs: env.WATCHDOG_MS,
  };
}

function shopConfig(environment: NodeJS.ProcessEnv, problems: string[]): WorkerConfig['shop'] | null {
  try {
    const config = readConfig(environment);
    if (config.redisUrl !== null) return { ...config, redisUrl: config.redisUrl };
    problems.push('  REDIS_URL: the queues need it');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.message.split('\n').slice(1));
  }
  return null;
}

/** As Compose hands on a variable that nobody has set. */
function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}
