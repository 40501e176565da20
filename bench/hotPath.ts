/**
 * What a request of the optimized GET /products costs where the answer lies in memory: CPU per request of the shop with and
 * without telemetry, beside bare node:http and Koa with a router and an LRU. All are alive on one core and asked in turns of a
 * quarter of a second in a random order; each block restarts all of them. Everything that a process spent from the first turn until
 * its last spans were sent counts, but for what it takes while nobody asks it, for the time of the others' turns.
 *   npm run bench:hot-path -- --blocks 6
 */

import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { optimizations } from '../services/api/src/optimizations/index.ts';
import { randomOf, shuffled } from '../services/lab/src/experiment/random.ts';
import { readUse } from '../services/lab/src/run/proc.ts';
import { Processes } from '../services/lab/src/run/processes.ts';
import { droppedIn, measuredSampling, readNotes } from '../services/lab/src/run/telemetry.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { ensureStack } from '../services/lab/src/stack/stack.ts';
import { type Estimate, logRatioEstimate } from '../services/lab/src/statistics/yuen.ts';
import type { Slice, SliceEnd } from './hotPath/generator.ts';
import { type Started, type Subject, startSubject, subjectsOf } from './hotPath/subjects.ts';

const { values: flags } = parseArgs({
  options: {
    blocks: { type: 'string', default: '6' },
    turns: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '0.25' },
    /** Turns of each service before those that count. */
    warmup: { type: 'string', default: '20' },
    connections: { type: 'string', default: '16' },
    /** Share of traced requests: that of measured rounds. */
    sampled: { type: 'string', default: String(measuredSampling) },
    seed: { type: 'string', default: '1' },
    subjects: { type: 'string', default: 'bare,koa,off,metrics,measured,full' },
    /** The first port; each service takes one. */
    port: { type: 'string', default: '28090' },
    /** Core of the services; the load comes from the next one. */
    core: { type: 'string', default: '0' },
    /** Folder for a CPU profile of each service, one of each block; the figures are then the profiler's, too. */
    profiles: { type: 'string' },
  },
});
const number = (name: keyof typeof flags): number => Number(flags[name]);
const level = 0.95;
/** Longer than spans wait for others, so that those of the last turn have been sent. */
const settleMs = 3000;
/** As often as metrics are exported. */
const idleSeconds = 5;

interface Asked {
  requests: number;
  seconds: number;
}
const nothing: Asked = { requests: 0, seconds: 0 };

/** What one service used in the turns of one block. */
interface Cost extends Asked {
  block: number;
  name: string;
  cpuSeconds: number;
  /** Spans and metric exports; null where nobody counted. */
  lost: number | null;
}

const settings = readSettings();
const folder = mkdtempSync(join(tmpdir(), 'dyno-hot-path-'));
const processes = await Processes.open({ home: settings.home, owner: { kind: 'stack' }, reap: true });
const collector = await startCollector();
const random = randomOf(number('seed'));
const loadCore = (number('core') + 1) % 2;
let generator: ChildProcess | null = null;
try {
  const stack = await ensureStack(settings, { processes, parts: ['mysql', 'redis'], onProgress() {} });
  generator = startGenerator();
  const wanted = (flags.subjects ?? '').split(',');
  const subjects = subjectsOf(shopEnvironment(stack.connections), number('sampled')).filter(({ name }) =>
    wanted.includes(name),
  );
  await writePages(subjects, generator);
  const costs: Cost[] = [];
  for (let block = 1; block <= number('blocks'); block += 1) {
    costs.push(...(await measureBlock(block, subjects, generator)));
    console.error(
      `block ${block}: ${costs
        .filter((cost) => cost.block === block)
        .map(shortly)
        .join(', ')}`,
    );
  }
  print(subjects, costs);
} finally {
  generator?.disconnect();
  collector.close();
  collector.closeAllConnections();
  await processes.stopAll();
  await processes.close();
  rmSync(folder, { recursive: true, force: true });
}

function shopEnvironment({ mysqlUrl, redisUrl }: { mysqlUrl: string; redisUrl: string }) {
  return {
    NODE_ENV: 'production',
    JWT_SECRET: randomBytes(32).toString('hex'),
    SESSION_SECRET: randomBytes(32).toString('hex'),
    MYSQL_URL: mysqlUrl,
    REDIS_URL: redisUrl,
    SHOP_OPTIMIZATIONS: inProcess().join(','),
    // Nothing is to expire within a block.
    CACHE_TTL_MS: '600000',
    DRAIN_MS: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
  };
}

/** All that work on this route within one process. */
function inProcess(): string[] {
  const groups: readonly string[] = ['database', 'code', 'caching'];
  const routes: readonly string[] = ['*', 'GET /products'];
  return (
    optimizations
      .filter(({ group, where }) => groups.includes(group) && where.some((route) => routes.includes(route)))
      .map(({ name }) => name)
      // The one that needs a server of its own.
      .filter((name) => name !== 'memcached-sessions')
  );
}

/** Takes everything and keeps nothing. */
async function startCollector() {
  const server = createServer((request, response) => {
    request
      .resume()
      .on('end', () => response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function startGenerator(): ChildProcess {
  const child = fork(join(settings.project, 'bench/hotPath/generator.ts'), [], {
    execPath: 'taskset',
    execArgv: ['-c', String(loadCore), process.execPath],
  });
  child.on('exit', (code) => code && console.error(`the generator ended with ${code}`));
  return child;
}

/** The same answers for everybody, from the shop itself. */
async function writePages(subjects: readonly Subject[], load: ChildProcess): Promise<void> {
  const shop = subjects.find(({ script }) => script.length > 1);
  if (!shop || !load.connected) throw new Error('at least one of the subjects must be the shop');
  const started = await start(shop, 0);
  const read = async (path: string) => (await fetch(`http://127.0.0.1:${started.port}${path}`)).text();
  const list: { items: { category: { slug: string } }[] } = JSON.parse(await read('/products?limit=100'));
  const slugs = [...new Set(list.items.map(({ category }) => category.slug))].slice(0, 20);
  const paths = slugs.map((slug) => `/products?category=${slug}`);
  const pages = await Promise.all(paths.map(async (path) => [path, await read(path)]));
  await started.stop();
  writeFileSync(join(folder, 'pages.json'), JSON.stringify(pages));
}

function pagePaths(): string[] {
  const pages: [string, string][] = JSON.parse(readFileSync(join(folder, 'pages.json'), 'utf8'));
  return pages.map(([path]) => path);
}

async function measureBlock(
  block: number,
  subjects: readonly Subject[],
  load: ChildProcess,
): Promise<Cost[]> {
  const running: Started[] = [];
  try {
    for (const [index, subject] of subjects.entries()) running.push(await start(subject, index));
    // In turns, too: what happens seldom, an export above all, is known to the compiler before anything counts.
    await takeTurns(running, load, number('warmup'));
    await pause(settleMs);
    const before = cpuOfAll(running);
    const startMs = performance.now();
    const asked = await takeTurns(running, load, number('turns'));
    await pause(settleMs);
    const after = cpuOfAll(running);
    const seconds = (performance.now() - startMs) / 1000;
    await pause(idleSeconds * 1000);
    const idle = cpuOfAll(running);
    const costs = running.map(({ subject }, index) => {
      const own = asked[index] ?? nothing;
      const [from = Number.NaN, to = Number.NaN, end = Number.NaN] = [before, after, idle].map(
        (cpu) => cpu[index],
      );
      const idleShare = (end - to) / idleSeconds;
      return {
        block,
        name: subject.name,
        ...own,
        cpuSeconds: to - from - idleShare * (seconds - own.seconds),
      };
    });
    await Promise.all(running.splice(0).map((one) => one.stop()));
    return await Promise.all(costs.map(withLosses));
  } finally {
    await Promise.all(running.map((one) => one.stop()));
  }
}

/** Each is asked so many times, in a random order that is another one each time; what each has answered. */
async function takeTurns(running: readonly Started[], load: ChildProcess, turns: number): Promise<Asked[]> {
  const asked = running.map(() => ({ ...nothing }));
  for (let index = 0; index < turns; index += 1) {
    for (const place of shuffled([...running.keys()], random)) {
      const [one, sum] = [running[place], asked[place]];
      if (!one || !sum) continue;
      const end = await turn(load, one, number('seconds'));
      sum.requests += end.requests;
      sum.seconds += end.seconds;
    }
  }
  return asked;
}

function cpuOfAll(running: readonly Started[]): number[] {
  return running.map(({ pid }) => cpuOf(pid));
}

async function withLosses(cost: Omit<Cost, 'lost'>): Promise<Cost> {
  const file = notesFile(cost.name);
  const lost = droppedIn(await readNotes(file));
  rmSync(file, { force: true });
  return { ...cost, lost };
}

function notesFile(name: string): string {
  return join(folder, `${name}.ndjson`);
}

function start(subject: Subject, index: number): Promise<Started> {
  return startSubject(subject, {
    project: settings.project,
    folder,
    port: number('port') + index,
    core: number('core'),
    profiles: flags.profiles ?? null,
    env: {
      PATH: process.env.PATH,
      PAGES: join(folder, 'pages.json'),
      DYNO_TELEMETRY_NOTES: notesFile(subject.name),
    },
  });
}

async function turn(load: ChildProcess, { port, subject }: Started, seconds: number) {
  const slice: Slice = {
    port,
    paths: pagePaths(),
    connections: number('connections'),
    milliseconds: seconds * 1000,
    sampled: subject.sampled,
  };
  load.send(slice);
  const [end] = (await once(load, 'message')) as [SliceEnd];
  if ('error' in end) throw new Error(`${subject.name}: ${end.error}`);
  return end;
}

function cpuOf(pid: number): number {
  const use = readUse(pid);
  if (!use) throw new Error(`process ${pid} has gone`);
  return use.cpuSeconds;
}

function microsPerRequest({ cpuSeconds, requests }: Cost): number {
  return (cpuSeconds * 1e6) / requests;
}

function shortly(cost: Cost): string {
  return `${cost.name} ${microsPerRequest(cost).toFixed(1)} us`;
}

/** Of the CPU that `of` takes: 0.5 is twice its cost. */
function shareOf(costs: readonly Cost[], name: string, of: string): Estimate | null {
  const logs = costs
    .filter((cost) => cost.name === name)
    .flatMap((cost) => {
      const other = costs.find((one) => one.block === cost.block && one.name === of);
      return other ? [Math.log(microsPerRequest(other) / microsPerRequest(cost))] : [];
    });
  return logs.length < 2 ? null : logRatioEstimate(logs, level);
}

function print(subjects: readonly Subject[], costs: readonly Cost[]): void {
  const cell = (share: Estimate | null) =>
    share
      ? `${Math.exp(share.estimate).toFixed(2)} [${Math.exp(share.low).toFixed(2)}, ${Math.exp(share.high).toFixed(2)}]`
      : '';
  const lines = subjects.map(({ name, title }) => {
    const own = costs.filter((cost) => cost.name === name);
    const micros = own.map(microsPerRequest).sort((a, b) => a - b);
    const median = micros[Math.floor(micros.length / 2)] ?? Number.NaN;
    const lost = own.every((cost) => cost.lost === null)
      ? ''
      : own.reduce((sum, cost) => sum + (cost.lost ?? 0), 0);
    const rate =
      own.reduce((sum, { requests }) => sum + requests, 0) /
      own.reduce((sum, { seconds }) => sum + seconds, 0);
    const spread = `${median.toFixed(1)} (${micros[0]?.toFixed(1)} to ${micros.at(-1)?.toFixed(1)})`;
    return `| ${title} | ${spread} | ${name === 'bare' ? '1' : cell(shareOf(costs, name, 'bare'))} | ${name === 'off' ? '1' : cell(shareOf(costs, name, 'off'))} | ${Math.round(rate)} | ${lost} |`;
  });
  console.log(
    '| service | CPU us a request, median (least to most) | of bare node:http | of the shop without telemetry | requests/s | spans and exports lost |',
  );
  console.log('|---|---|---|---|---|---|');
  console.log(lines.join('\n'));
}
