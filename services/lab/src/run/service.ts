import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join, resolve, sep } from 'node:path';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Experiment, Need, Variant } from '@dyno/contracts/experiment';
import type { Level } from '@dyno/otel/names';
import { DynoError } from '../errors.ts';
import type { PortName } from '../settings.ts';
import { findProgram } from '../stack/search.ts';
import { runErrand } from './errand.ts';
import { assertOwnedBy, assertPortFree } from './ports.ts';
import type { Child, Processes } from './processes.ts';
import { ask, untilReady } from './ready.ts';
import { forgetNotes, notesFileOf, withTelemetry } from './telemetry.ts';

/** Where the service finds the rest of the stack. */
export interface Connections {
  mysqlUrl: string;
  redisUrl: string;
  memcachedUrl: string;
  smtpUrl: string;
  /** Null where no service needs it. */
  nginxPath: string | null;
  otlpUrl: string;
}

export interface ServiceSpec {
  project: string;
  service: Experiment['service'];
  variant: Variant;
  /** In place of the variant's: the same with a profiler before it. */
  command?: readonly string[];
  /** Unless the service has a port of its own. */
  port: number;
  /** For a service with `https`. */
  tlsPort?: number | undefined;
  /** Its name in the settings; `service` unless said. */
  portName?: PortName;
  connections: Connections;
  runId: string;
  /** Number of the round, or `trace` or `profile`. */
  round: string;
  logFile: string;
  stopSignal?: 'SIGTERM' | 'SIGINT';
  graceMs?: number;
  /** Dyno's OpenTelemetry is put into it, where its telemetry is `inject`: never in a measured round. */
  inject?: boolean;
  /** How much is recorded; unless said, everything in a pass that looks at it, else a share of the requests. */
  level?: Level;
  /** Share of the requests without a traceparent that are traced; that of measured rounds unless said. */
  traceSampling?: number;
}

export interface Service {
  /** Null where it ran before and goes on: its CPU, output and end are not ours to know. */
  child: Child | null;
  baseUrl: string;
  /** Where the load goes: the same, or its HTTPS address. */
  loadUrl: string;
  readyMs: number;
  /** Where its processes say what became of their telemetry; null where it has none of ours. */
  notesFile: string | null;
  /** Throws when anybody else listens on its port. */
  assertOwnsPort(): void;
}

/** Starts one variant and returns when it is ready, at the literal address that was checked to be its own. */
export async function startService(
  processes: Processes,
  spec: ServiceSpec,
  signal: AbortSignal,
): Promise<Service> {
  if (spec.variant.url !== undefined) return attachService(spec.variant.url, spec, signal);
  const port = portOf(spec);
  // It was free when the run began: whoever came since is no mistake of the user's.
  await assertPortFree(
    port,
    spec.service.port === undefined ? (spec.portName ?? 'service') : serviceName(spec),
    exitCodes.invalid,
  );
  const tlsPort = spec.service.https ? (spec.tlsPort ?? null) : null;
  if (tlsPort !== null) {
    const name = spec.portName === 'serviceCandidate' ? 'serviceCandidateTls' : 'serviceTls';
    await assertPortFree(tlsPort, name, exitCodes.invalid);
  }
  await reset(processes, spec, port, signal);
  await forgetNotes(spec);
  const logBytes = existsSync(spec.logFile) ? statSync(spec.logFile).size : 0;
  const startedMs = performance.now();
  const child = await processes.start({
    what: serviceName(spec),
    ...programOf(commandOf(spec), spec),
    cwd: folderOf(spec),
    env: withTelemetry(spec, environmentOf(spec, port)),
    logFile: spec.logFile,
    stopSignal: spec.stopSignal ?? spec.service.stopSignal,
    ...(spec.graceMs === undefined ? {} : { graceMs: spec.graceMs }),
  });
  try {
    const { readyPath, readyPattern, readyTimeoutSeconds } = spec.service;
    const pattern = readyPattern ?? null;
    const how = { port, path: readyPath, pattern, timeoutSeconds: readyTimeoutSeconds, logBytes };
    const baseUrl = await untilReady(child, how, signal);
    const assertOwnsPort = () => {
      assertOwnedBy(port, child.members(), child.what);
      if (tlsPort !== null) assertOwnedBy(tlsPort, child.members(), child.what);
    };
    assertOwnsPort();
    return {
      child,
      baseUrl,
      loadUrl: tlsPort === null ? baseUrl : `https://127.0.0.1:${tlsPort}`,
      readyMs: performance.now() - startedMs,
      notesFile: notesFileOf(spec),
      assertOwnsPort,
    };
  } catch (error) {
    await child.stop({ graceMs: 1_000 });
    throw error;
  }
}

/** A service that somebody else has started and goes on without us: only asked whether it answers. */
async function attachService(url: string, spec: ServiceSpec, signal: AbortSignal): Promise<Service> {
  const baseUrl = url.replace(/\/+$/, '');
  const answer = await ask(baseUrl + spec.service.readyPath, signal);
  if (!answer.ready) {
    throw new DynoError(
      `${spec.variant.name} at ${baseUrl} does not answer (${spec.service.readyPath}: ${answer.detail}). Is it running?`,
      exitCodes.invalid,
    );
  }
  return { child: null, baseUrl, loadUrl: baseUrl, readyMs: 0, notesFile: null, assertOwnsPort() {} };
}

/** What the variant runs, before anything that observes it. */
export function commandOf(
  spec: Pick<ServiceSpec, 'service' | 'variant' | 'command'>,
): readonly [string, ...string[]] {
  const [program, ...args] = spec.command ?? spec.variant.command ?? spec.service.command ?? [];
  if (program !== undefined) return [program, ...args];
  throw new DynoError(
    `There is nothing to start for ${spec.variant.name}: give service.command, or a command or url of the variant.`,
  );
}

/** Its own where it has one: both variants of such a service cannot live at once. */
export function portOf({ service, port }: Pick<ServiceSpec, 'service' | 'port'>): number {
  return service.port ?? port;
}

async function reset(
  processes: Processes,
  spec: ServiceSpec,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  if (!spec.service.reset) return;
  await runErrand(
    processes,
    {
      what: `reset of ${spec.variant.name}`,
      ...programOf(spec.service.reset, spec),
      cwd: folderOf(spec),
      env: environmentOf(spec, port),
      logFile: spec.logFile.replace(/\.log$/, '-reset.log'),
    },
    {
      seconds: Math.max(resetSecondsMin, spec.service.readyTimeoutSeconds),
      wayOut:
        'It is run before each start and has to end by itself; --ready-timeout (readyTimeoutSeconds) gives it longer.',
    },
    signal,
  );
}

/** A reset may take as long as the service may take to be ready, and at least so long. */
const resetSecondsMin = 60;

/**
 * What a checkout of Dyno itself starts as `node` is the one that runs the lab: that on PATH may be too old for it.
 * Anybody else's service gets the one on PATH, as it would behind `npm start`.
 */
function programOf(
  [program = '', ...args]: readonly string[],
  spec: ServiceSpec,
): { command: string; args: string[] } {
  const isOurNode = program === 'node' && (isCheckoutOfDyno(spec) || !isOnPath(program));
  return { command: isOurNode ? process.execPath : program, args };
}

/** This one, or a worktree of it: a ref and the work tree beside it are to run with the same Node. */
function isCheckoutOfDyno(spec: ServiceSpec): boolean {
  const { project, runId, variant } = spec;
  const folder = folderOf(spec);
  if (variant.ref === undefined) return folder === project;
  return variant.ref.repository === project && folder.endsWith(join(sep, runId, variant.name));
}

function isOnPath(program: string): boolean {
  return findProgram([program], (process.env.PATH ?? '').split(delimiter)) !== null;
}

function folderOf({ project, service, variant }: ServiceSpec): string {
  return resolve(project, variant.cwd ?? service.cwd);
}

function serviceName({ service, variant }: ServiceSpec): string {
  return `${service.name} (${variant.name})`;
}

/** What every variant gets, then its own; nothing of the lab's. */
function environmentOf(spec: ServiceSpec, port: number): NodeJS.ProcessEnv {
  const { service, variant, connections } = spec;
  const addresses: Record<Need, [string, string]> = {
    mysql: ['MYSQL_URL', connections.mysqlUrl],
    redis: ['REDIS_URL', connections.redisUrl],
    memcached: ['MEMCACHED_URL', connections.memcachedUrl],
    mail: ['SMTP_URL', connections.smtpUrl],
    nginx: ['NGINX_PATH', connections.nginxPath ?? ''],
  };
  return {
    ...inherited(),
    NODE_ENV: 'production',
    PORT: String(port),
    HOST: '127.0.0.1',
    ...(service.https && spec.tlsPort !== undefined ? { HTTPS_PORT: String(spec.tlsPort) } : {}),
    ...Object.fromEntries(service.needs.map((need) => addresses[need])),
    ...Object.fromEntries(service.secrets.map((name) => [name, secretOf(name)])),
    ...service.env,
    ...variant.env,
  };
}

/** New for each process of ours; what was signed in one round is of no use in another run. */
const ownSecret = randomBytes(32);
const secretOf = (name: string) => createHmac('sha256', ownSecret).update(name).digest('hex');

/** NODE_OPTIONS and npm's variables would make a service differ with the way in which the lab was started. */
export function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(DYNO_|NODE_|npm_|OTEL_|GIT_)/.test(name)),
  );
}
