import { availableParallelism } from 'node:os';
import type { Config } from '../config.ts';
import { heapFlags } from '../optimizations/heapSettings.ts';
import type { Balance } from '../optimizations/nginxBalancing.ts';
import { threadsUnlessSaid } from '../optimizations/threadPool.ts';

/** The processes that serve one variant. */
export interface ProcessPlan {
  instances: number;
  /** How requests reach them: all on one port, shared or not, or each on a socket of its own behind nginx. */
  listen: 'port' | 'shared port' | 'sockets';
  /** Null where nothing stands in front. */
  nginx: {
    path: string;
    balance: Balance;
    keepAlive: boolean;
    static: boolean;
    precompressed: boolean;
    http2: boolean;
  } | null;
  /** Of every instance. */
  environment: Readonly<Record<string, string>>;
  flags: readonly string[];
  /** Beside the instances, for what they put into queues. */
  worker: boolean;
}

/** Null where one process is enough: this one. */
export function processPlan(config: Config, cores = availableParallelism()): ProcessPlan | null {
  const on = config.optimizations;
  const balanced = on.has('nginx-balancing');
  const isInFront = balanced || on.has('upstream-keepalive') || on.has('nginx-static') || on.has('http2');
  const clustered = on.has('cluster');
  const worker = [...on].some((name) => name.startsWith('queued-'));
  const plan: ProcessPlan = {
    instances: balanced || clustered ? (config.instances ?? Math.max(balanced ? 2 : 1, cores)) : 1,
    listen: isInFront ? 'sockets' : clustered ? 'shared port' : 'port',
    nginx: isInFront
      ? {
          path: config.nginx.path,
          balance: config.nginx.balance,
          keepAlive: on.has('upstream-keepalive'),
          static: on.has('nginx-static'),
          precompressed: on.has('precompressed-static'),
          http2: on.has('http2'),
        }
      : null,
    environment: on.has('thread-pool')
      ? { UV_THREADPOOL_SIZE: String(config.threads ?? threadsUnlessSaid) }
      : {},
    flags: on.has('heap-settings') ? heapFlags(config.semiSpaceMegabytes ?? undefined) : [],
    worker,
  };
  const isPlain = plan.listen === 'port' && plan.flags.length === 0 && !on.has('thread-pool') && !plan.worker;
  return isPlain ? null : plan;
}
