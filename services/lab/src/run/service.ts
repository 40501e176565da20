import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Experiment, Need, Variant } from '@dyno/contracts/experiment';
import { attributes } from '@dyno/otel/names';
import { DynoError } from '../errors.ts';
import { assertOwnedBy, assertPortFree } from './ports.ts';
import type { Child, Processes } from './processes.ts';

/** Where the service finds the rest of the stack. */
export interface Connections {
  mysqlUrl: string;
  redisUrl: string;
  otlpUrl: string;
}

export interface ServiceSpec {
  project: string;
  service: Experiment['service'];
  variant: Variant;
  port: number;
  connections: Connections;
  runId: string;
  /** Number of the round, or `trace` or `profile`. */
  round: string;
  logFile: string;
  stopSignal?: 'SIGTERM' | 'SIGINT';
  graceMs?: number;
}

export interface Service {
  child: Child;
  baseUrl: string;
  readyMs: number;
  /** Throws when anybody else listens on its port. */
  assertOwnsPort(): void;
}

/** Starts one variant and returns when its ready path answers 200, from the literal address that was checked to be its own. */
export async function startService(
  processes: Processes,
  spec: ServiceSpec,
  signal: AbortSignal,
): Promise<Service> {
  await assertPortFree(spec.port, 'service');
  const startedMs = performance.now();
  const [program = '', ...args] = spec.service.command;
  const child = await processes.start({
    what: `${spec.service.name} (${spec.variant.name})`,
    command: program === 'node' ? process.execPath : program,
    args,
    cwd: resolve(spec.project, spec.service.cwd),
    env: environmentOf(spec),
    logFile: spec.logFile,
    stopSignal: spec.stopSignal ?? spec.service.stopSignal,
    ...(spec.graceMs === undefined ? {} : { graceMs: spec.graceMs }),
  });
  try {
    const baseUrl = `http://127.0.0.1:${spec.port}`;
    await untilReady(child, baseUrl, spec, signal);
    const assertOwnsPort = () => assertOwnedBy(spec.port, child.members(), child.what);
    assertOwnsPort();
    return { child, baseUrl, readyMs: performance.now() - startedMs, assertOwnsPort };
  } catch (error) {
    await child.stop({ graceMs: 1_000 });
    throw error;
  }
}

/** What every variant gets, then its own; nothing of the lab's. */
function environmentOf({
  service,
  variant,
  port,
  connections,
  runId,
  round,
}: ServiceSpec): NodeJS.ProcessEnv {
  const addresses: Record<Need, [string, string]> = {
    mysql: ['MYSQL_URL', connections.mysqlUrl],
    redis: ['REDIS_URL', connections.redisUrl],
  };
  return {
    ...inherited(),
    NODE_ENV: 'production',
    PORT: String(port),
    HOST: '127.0.0.1',
    OTEL_SERVICE_NAME: service.name,
    OTEL_EXPORTER_OTLP_ENDPOINT: connections.otlpUrl,
    OTEL_RESOURCE_ATTRIBUTES: `${attributes.runId}=${runId},${attributes.variant}=${variant.name},${attributes.round}=${round}`,
    ...Object.fromEntries(service.needs.map((need) => addresses[need])),
    ...service.env,
    ...variant.env,
  };
}

/** NODE_OPTIONS and npm's variables would make a service differ with the way in which the lab was started. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(DYNO_|NODE_|npm_|OTEL_)/.test(name)),
  );
}

async function untilReady(
  child: Child,
  baseUrl: string,
  spec: ServiceSpec,
  signal: AbortSignal,
): Promise<void> {
  const { readyPath, readyTimeoutSeconds } = spec.service;
  const deadline = performance.now() + readyTimeoutSeconds * 1000;
  let last = 'no answer';
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    if (child.hasExited()) throw await notReady(child, 'ended before it was ready');
    last = await ask(baseUrl + readyPath, signal);
    if (last === '200') return;
    await pause(25, undefined, { signal });
  }
  throw await notReady(child, `was not ready within ${readyTimeoutSeconds} s (${readyPath}: ${last})`);
}

async function ask(url: string, signal: AbortSignal): Promise<string> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(2_000)]);
    const response = await fetch(url, {
      signal: limit,
      redirect: 'manual',
      headers: { connection: 'close' },
    });
    await response.body?.cancel();
    return String(response.status);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function notReady(child: Child, what: string): Promise<DynoError> {
  const tail = await child.logTail(20);
  return new DynoError(
    `${child.what} ${what}. Its log is ${child.logFile}${tail ? `, and ends with:\n${tail}` : ' and is empty.'}`,
    exitCodes.invalid,
  );
}
