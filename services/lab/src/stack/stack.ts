import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@dyno/contracts/settings';
import { DynoError } from '../errors.ts';
import { livingOf, type Processes, stopLiving } from '../run/processes.ts';
import { composeDown, composePids, composeStatus, composeUp, findEngine } from './compose.ts';
import { removeAbandoned } from './files.ts';
import { removeGo } from './goBuild.ts';
import { install, platform } from './install.ts';
import { ensurePart, type Running } from './native.ts';
import { type Binary, type Part, type PartName, parts, programs } from './parts.ts';
import { searchFolders } from './search.ts';
import { ensureSecrets, readSecrets, type Secrets } from './secrets.ts';
import { takeStackLock } from './stackLock.ts';
import { runStep, type StackProgress, type Work } from './work.ts';

export { doctor, type Finding } from './doctor.ts';
export type { PartName } from './parts.ts';
export type { StackProgress } from './work.ts';

export interface Connections {
  mysqlUrl: string;
  redisUrl: string;
  memcachedUrl: string;
  smtpUrl: string;
  /** Path of the program; null where it was not asked for and is not to be had. */
  nginxPath: string | null;
  otlpUrl: string;
  jaegerUrl: string;
  prometheusUrl: string;
}

export interface Stack {
  kind: 'native' | 'compose';
  connections: Connections;
  /** Path of the k6 program. */
  k6: string;
  versions: Record<string, string>;
  /** Of the part's server; empty where the engine keeps its processes out of sight (Docker Desktop). */
  pidsOf(part: PartName): Promise<number[]>;
  /** Only what this call started. */
  stop(): Promise<void>;
}

/** What one run asks of the stack. */
export interface StackNeeds {
  parts: readonly PartName[];
  /** The program; the service starts it itself. Where nobody has said, it is used if it can be had. */
  nginx: boolean;
  /** The shop's data, which are of no use to anybody else's service. */
  seed: boolean;
}

export interface StackOptions {
  processes: Processes;
  /** Only these; all of them unless said otherwise. */
  parts?: readonly PartName[];
  onProgress(event: StackProgress): void;
  signal?: AbortSignal;
  nginx?: boolean;
  /** Fill the shop's database; true unless said otherwise. */
  seed?: boolean;
}

/** Brings every part up, each on its own lane, and returns when all of them have answered. */
export async function ensureStack(settings: Settings, options: StackOptions): Promise<Stack> {
  // Refuses an unknown one before anything is touched.
  platform();
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])]);
  const work: Work = {
    settings,
    processes: options.processes,
    tell: options.onProgress,
    signal,
    folders: searchFolders(),
  };
  const lock = await takeStackLock(settings.home, signal, () =>
    work.tell({ part: 'stack', state: 'starting', detail: 'waiting for another start in this folder' }),
  );
  try {
    const store = ['bin', 'debian', 'go'].map((name) => join(settings.project, '.dyno', name));
    await Promise.all([settings.home, ...store].map(removeAbandoned));
    const secrets = await ensureSecrets(settings);
    const wanted = Object.values(parts).filter(({ name }) => options.parts?.includes(name) ?? true);
    const start = wanted.length > 0 && (await usesCompose(settings)) ? startCompose : startNative;
    return await start({
      ...work,
      secrets,
      wanted,
      seed: options.seed ?? true,
      nginx: options.nginx === undefined ? 'wanted' : options.nginx ? 'needed' : 'no',
      fail: (error) => failed.abort(error),
    });
  } finally {
    lock.release();
  }
}

export interface PartStatus {
  part: PartName;
  title: string;
  /** `silent`: it runs but does not answer. */
  state: 'ready' | 'silent' | 'stopped';
  pid: number | null;
  ports: number[];
  version: string | null;
  logFile: string | null;
}

export interface StackStatus {
  kind: 'native' | 'compose';
  parts: PartStatus[];
}

export async function stackStatus(settings: Settings): Promise<StackStatus> {
  const living = await livingParts(settings);
  const compose = living.length === 0 && (await usesCompose(settings)) ? await composeStatus(settings) : null;
  const secrets = await readSecrets(settings);
  const rows = Object.values(parts).map(async (part): Promise<PartStatus> => {
    const native = living.find((one) => one.what === part.name);
    const pid = native?.pid ?? compose?.get(part.name) ?? null;
    const version = pid && secrets ? await part.answer(settings, secrets).catch(() => null) : null;
    return {
      part: part.name,
      title: part.title,
      state: pid === null ? 'stopped' : version === null ? 'silent' : 'ready',
      pid,
      ports: part.ports.map((port) => settings.ports[port]),
      version,
      logFile: native?.logFile ?? null,
    };
  });
  return { kind: compose ? 'compose' : 'native', parts: await Promise.all(rows) };
}

/** Addresses of the parts of this home, whether they run or not. */
export async function stackConnections(settings: Settings): Promise<Connections> {
  const secrets = await readSecrets(settings);
  if (secrets) return connections(settings, secrets, null);
  throw new DynoError('No stack was ever started here: "dyno up" starts it.');
}

/** Stops what `ensureStack` left running in this home; one line for each. */
export async function stackDown(settings: Settings): Promise<string[]> {
  const native = await stopLiving(settings.home, 'stack');
  return [...native, ...(await composeDown(settings, await readSecrets(settings)))];
}

type Start = Work & {
  secrets: Secrets;
  wanted: Part[];
  seed: boolean;
  nginx: 'needed' | 'wanted' | 'no';
  fail(error: unknown): void;
};

async function startNative(start: Start, programsOnTheirWay = ensurePrograms(start)): Promise<Stack> {
  const { settings, secrets } = start;
  const running: Running[] = [];
  const lanes = start.wanted.map(async (part) => {
    const one = await ensurePart(part, start, secrets);
    running.push(one);
    if (part.name === 'mysql' && start.seed) await seed(start);
    start.tell({
      part: part.name,
      state: 'ready',
      detail: `${part.title} ${one.version}${one.stop ? '' : ', was running'}`,
    });
  });
  const stop = async () => {
    await Promise.all(running.map((one) => one.stop?.()));
  };
  try {
    const [found] = await together([programsOnTheirWay, ...lanes], start.fail);
    await removeGo(settings.project);
    return {
      kind: 'native',
      connections: connections(settings, secrets, found),
      k6: found.k6.path,
      versions: {
        ...versionsOf(found),
        ...Object.fromEntries(running.map((one) => [one.part, one.version])),
      },
      pidsOf: async (part) => running.find((one) => one.part === part)?.pids() ?? [],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startCompose(start: Start): Promise<Stack> {
  const { settings, secrets } = start;
  const programsOnTheirWay = ensurePrograms(start);
  programsOnTheirWay.catch(start.fail);
  const up = await composeUp(start, secrets, start.wanted).then(
    (started) => ({ started }),
    (error: Error) => ({ error }),
  );
  if ('error' in up) {
    if (settings.stack === 'auto' && !start.signal.aborted) {
      start.tell({ part: 'stack', state: 'skipped', detail: `no containers: ${up.error.message}` });
      return startNative(start, programsOnTheirWay);
    }
    start.fail(up.error);
    await programsOnTheirWay.catch(() => {});
    throw up.error;
  }
  const stop = async () => {
    if (up.started) await composeDown(settings, secrets);
  };
  try {
    const found = await programsOnTheirWay;
    const versions = await Promise.all(
      start.wanted.map(async (part) => [part.name, await part.answer(settings, secrets)] as const),
    );
    if (start.seed && start.wanted.includes(parts.mysql)) await seed(start);
    return {
      kind: 'compose',
      connections: connections(settings, secrets, found),
      k6: found.k6.path,
      versions: { ...versionsOf(found), ...Object.fromEntries(versions) },
      pidsOf: (part) => composePids(settings, part),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Programs that are started by others than the stack; the measured service starts its nginx itself, also beside containers. */
interface Found {
  k6: Binary;
  nginx: Binary | null;
}

async function ensurePrograms(start: Start): Promise<Found> {
  const [k6, nginx] = await Promise.all([ensureProgram('k6', start), ensureNginx(start)]);
  return { k6, nginx };
}

async function ensureNginx(start: Start): Promise<Binary | null> {
  if (start.nginx === 'no') return null;
  return ensureProgram('nginx', start).catch((error: Error) => {
    if (start.nginx === 'needed' || start.signal.aborted) throw error;
    start.tell({ part: 'nginx', state: 'skipped', detail: error.message });
    return null;
  });
}

async function ensureProgram(name: 'k6' | 'nginx', work: Work): Promise<Binary> {
  const binary = await install(programs[name], work);
  work.tell({ part: name, state: 'ready', detail: `${name} ${binary.version} (${binary.way})` });
  return binary;
}

function versionsOf({ k6, nginx }: Found): Record<string, string> {
  return { k6: k6.version, ...(nginx ? { nginx: nginx.version } : {}) };
}

/** Returns quickly when the database is filled already: the seed keeps a stamp in it. */
async function seed(start: Start): Promise<void> {
  const { settings, secrets } = start;
  const script = join(settings.project, 'services/api/src/db/seed.ts');
  if (!existsSync(script)) {
    start.tell({ part: 'mysql', state: 'skipped', detail: `no ${script}: the database stays as it is` });
    return;
  }
  await runStep(start, {
    part: 'mysql',
    state: 'seeding',
    what: 'seed',
    doing: `filling the shop, size ${settings.shopSize}`,
    command: process.execPath,
    args: [script],
    env: { MYSQL_URL: connections(settings, secrets, null).mysqlUrl, SHOP_SIZE: String(settings.shopSize) },
  });
}

/** As Promise.all, but returns only when every lane has ended, and tells the others of the first failure. */
async function together<Lanes extends Promise<unknown>[]>(
  lanes: [...Lanes],
  fail: (error: unknown) => void,
): Promise<{ [Index in keyof Lanes]: Awaited<Lanes[Index]> }> {
  const watched = lanes.map((lane) => lane.catch(fail));
  await Promise.allSettled(watched);
  return Promise.all(lanes) as Promise<{ [Index in keyof Lanes]: Awaited<Lanes[Index]> }>;
}

async function livingParts({ home }: Settings) {
  return (await livingOf(home, 'stack')).filter(({ what }) => what in parts);
}

async function usesCompose(settings: Settings): Promise<boolean> {
  if (settings.stack === 'native') return false;
  // Their ports are ours already.
  if (settings.stack === 'auto' && (await livingParts(settings)).length > 0) return false;
  const engine = await findEngine();
  if (engine.answers) return true;
  if (settings.stack === 'auto') return false;
  throw new DynoError(
    `DYNO_STACK=compose, but no Docker engine answers (${engine.detail}): start Docker, or say DYNO_STACK=native.`,
  );
}

function connections(settings: Settings, secrets: Secrets, found: Found | null): Connections {
  const { ports } = settings;
  return {
    mysqlUrl: `mysql://dyno:${secrets.mysqlPassword}@127.0.0.1:${ports.mysql}`,
    redisUrl: `redis://:${secrets.redisPassword}@127.0.0.1:${ports.redis}`,
    memcachedUrl: `memcached://127.0.0.1:${ports.memcached}`,
    smtpUrl: `smtp://127.0.0.1:${ports.smtp}`,
    nginxPath: found?.nginx?.path ?? null,
    otlpUrl: `http://127.0.0.1:${ports.otlpHttp}`,
    jaegerUrl: `http://127.0.0.1:${ports.jaeger}`,
    prometheusUrl: `http://127.0.0.1:${ports.prometheus}`,
  };
}
