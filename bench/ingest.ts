/**
 * What collecting the samples costs, each figure as a ratio measured side by side or with its spread. About four minutes.
 *   npm run bench:ingest [-- convert report throughput collection]
 * The limits behind the figures are this project's promises; the exit code is 1 where one is missed.
 */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { randomOf, shuffled } from '../services/lab/src/experiment/random.ts';
import { remakeReport } from '../services/lab/src/pipeline.ts';
import { systemClock } from '../services/lab/src/run/clock.ts';
import { k6Program } from '../services/lab/src/run/fixtures/k6Program.ts';
import { CsvTail, startK6 } from '../services/lab/src/run/k6.ts';
import { readUse } from '../services/lab/src/run/proc.ts';
import { type Child, Processes } from '../services/lab/src/run/processes.ts';
import { ResourceWatch } from '../services/lab/src/run/resources.ts';
import { RunFolder } from '../services/lab/src/run/results.ts';
import { duckdb, quoted } from '../services/lab/src/samples/duckdb.ts';
import { convertSamples } from '../services/lab/src/samples/parquet.ts';
import { logRatioEstimate } from '../services/lab/src/statistics/yuen.ts';
import { latencySql, writeLargeRun } from './largeRun.ts';

const level = 0.95;
let missed = 0;

/** A pair scatters by some percent: that many tell a cost of 2 % from none. */
const collectionPairs = 50;
const parts = { convert, report, throughput, collection };
type Part = keyof typeof parts;
const isPart = (name: string): name is Part => name in parts;

const folder = mkdtempSync(join(tmpdir(), 'dyno-ingest-'));

/** k6's CSV to Parquet: rows of the CSV for a second of CPU, and what is left of a request on the disk. */
async function convert(): Promise<void> {
  const requests = 200_000;
  const csv = join(folder, 'samples.csv');
  await writeCsv(csv, requests);
  const window = { startMs: firstMs, endMs: firstMs + requests };
  const rates: number[] = [];
  for (let go = 0; go < 6; go += 1) {
    const before = process.cpuUsage();
    await convertSamples(csv, join(folder, 'samples.parquet'), window, { damaged: false });
    const used = process.cpuUsage(before);
    // The first one also opens the database.
    if (go > 0) rates.push((requests * rowsPerRequest) / ((used.user + used.system) / 1e6));
  }
  const { estimate, low, high } = logRatioEstimate(rates.map(Math.log), level);
  row(
    'k6 rows converted for a second of one core',
    '>= 1,000,000',
    `${count(estimate)} [${count(low)}, ${count(high)}]`,
    Math.exp(low) >= 1e6,
  );
  const bytes = statSync(join(folder, 'samples.parquet')).size / requests;
  row('bytes a request on the disk, made-up times and latencies', '<= 6', bytes.toFixed(2), bytes <= 6);
}

/** A run of ten million requests: everything behind the raw samples once more, in a process of its own. */
async function report(): Promise<void> {
  const results = join(folder, 'results');
  const run = await writeLargeRun(results, 10_000_000);
  const seconds: number[] = [];
  const cpuSeconds: number[] = [];
  let memory = 0;
  for (let go = 0; go < 3; go += 1) {
    const begin = performance.now();
    const child = spawn(process.execPath, [import.meta.filename, '--remake', results, run.runId], {
      stdio: 'inherit',
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let code: number | null | undefined;
    let cpu = 0;
    void ended.then((value) => {
      code = value;
    });
    while (code === undefined) {
      memory = Math.max(memory, peakBytes(child.pid ?? 0));
      cpu = Math.max(cpu, readUse(child.pid ?? 0)?.cpuSeconds ?? 0);
      await pause(20);
    }
    if (code !== 0) throw new Error(`the report ended with code ${code}`);
    seconds.push((performance.now() - begin) / 1000);
    cpuSeconds.push(cpu);
  }
  const slowest = Math.max(...seconds);
  const all = seconds.map((value) => value.toFixed(1)).join(', ');
  row('seconds to report 10,000,000 requests of 16 rounds', '< 20', all, slowest < 20);
  const used = cpuSeconds.map((value) => value.toFixed(1)).join(', ');
  row('CPU seconds of that', 'for information', used, true);
  row('memory of that, MiB', '< 1024', (memory / 2 ** 20).toFixed(0), memory < 2 ** 30);
}

/**
 * Requests that k6 gets answered with our samples, over k6 alone; and what its real rows need on the disk. Both are
 * alive and take turns of a quarter of a second, so that whatever else the machine does meets both alike.
 */
async function throughput(): Promise<void> {
  const blocks = 12;
  await withService(async ({ baseUrl, processes, k6 }) => {
    const csv = join(folder, 'throughput.csv');
    const ours = await startOurs(processes, k6, baseUrl, csv);
    const alone = await startAlone(processes, k6, baseUrl);
    await pause(2_000);
    for (const { pid } of [ours, alone]) process.kill(pid, 'SIGSTOP');
    const random = randomOf(1);
    const ratios: number[] = [];
    const costs: number[] = [];
    for (let block = 0; block < blocks; block += 1) {
      const sums = { ours: { requests: 0, ms: 0, cpu: 0 }, alone: { requests: 0, ms: 0, cpu: 0 } };
      for (let pair = 0; pair < 10; pair += 1) {
        for (const name of shuffled(['ours', 'alone'] as const, random)) {
          const turn = await takeTurn(name === 'ours' ? ours : alone, baseUrl);
          sums[name].requests += turn.requests;
          sums[name].ms += turn.ms;
          sums[name].cpu += turn.cpu;
        }
      }
      const rate = ({ requests, ms }: { requests: number; ms: number }) => requests / ms;
      ratios.push(Math.log(rate(sums.ours) / rate(sums.alone)));
      const cost = ({ requests, cpu }: { requests: number; cpu: number }) => cpu / requests;
      costs.push(Math.log(cost(sums.ours) / cost(sums.alone)));
    }
    for (const { pid } of [ours, alone]) process.kill(pid, 'SIGCONT');
    await Promise.all([ours.stop(), alone.stop()]);
    const { estimate } = logRatioEstimate(ratios, level);
    const text = shares(ratios);
    const what = `requests/s with our samples over k6's own, ${blocks} blocks of 10 turns each`;
    row(what, '>= 90 %', text, Math.exp(estimate) >= 0.9);
    row('CPU of k6 for a request with our samples, over k6 alone', 'for information', shares(costs), true);
    const bytes = await bytesOf(csv);
    row('bytes a request on the disk, from k6', '<= 6', bytes.toFixed(2), bytes <= 6);
  });
}

async function takeTurn(
  { pid }: Child,
  baseUrl: string,
): Promise<{ requests: number; ms: number; cpu: number }> {
  process.kill(pid, 'SIGCONT');
  // What lay in the sockets is answered.
  await pause(20);
  const first = await served(baseUrl);
  const before = readUse(pid)?.cpuSeconds ?? 0;
  const begin = performance.now();
  await pause(250);
  const requests = (await served(baseUrl)) - first;
  const ms = performance.now() - begin;
  const cpu = (readUse(pid)?.cpuSeconds ?? 0) - before;
  process.kill(pid, 'SIGSTOP');
  return { requests, ms, cpu };
}

/** CPU of the service for a request while the lab watches /proc and follows the samples, over the same while it does not. */
async function collection(): Promise<void> {
  await withService(async ({ service, baseUrl, processes, k6 }) => {
    const csv = join(folder, 'collection.csv');
    const load = await startOurs(processes, k6, baseUrl, csv, 1_000);
    await pause(2_000);
    const ratios: number[] = [];
    for (let pair = 0; pair < collectionPairs; pair += 1) {
      const cost = new Map<boolean, number>();
      for (const watched of pair % 2 === 0 ? [false, true] : [true, false]) {
        cost.set(watched, await costOfRequest({ service, load, baseUrl, csv, watched }));
      }
      ratios.push(Math.log((cost.get(true) ?? 0) / (cost.get(false) ?? 1)));
    }
    await load.stop();
    const { estimate, low, high } = logRatioEstimate(ratios, level);
    const text = `${signed(Math.exp(estimate) - 1)} [${signed(Math.exp(low) - 1)}, ${signed(Math.exp(high) - 1)}]`;
    row(
      `CPU of the service for a request while we collect, ${collectionPairs} pairs of 3 s at 1,000/s`,
      '<= +2 %',
      text,
      Math.exp(estimate) <= 1.02,
    );
  });
}

interface Costing {
  service: Child;
  load: Child;
  baseUrl: string;
  csv: string;
  watched: boolean;
}

async function costOfRequest({ service, load, baseUrl, csv, watched }: Costing): Promise<number> {
  const watch = await ResourceWatch.start(systemClock, [
    { process: 'service', pids: () => service.members() },
    { process: 'k6', pids: () => load.members() },
  ]);
  const over = new AbortController();
  const tail = new CsvTail(csv);
  await tail.read();
  const first = await served(baseUrl);
  const before = watch.totals();
  const watching = watched ? Promise.all([watch.run(over.signal), follow(tail, over.signal)]) : null;
  await pause(3_000);
  const after = watch.totals();
  const requests = (await served(baseUrl)) - first;
  over.abort();
  await watching;
  await tail.close();
  const cpu = (totals: typeof after) => totals.processes.get('service')?.cpuSeconds ?? 0;
  return (cpu(after) - cpu(before)) / requests;
}

/** As a round does for its progress. */
async function follow(tail: CsvTail, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(1_000, undefined, { signal }).catch(() => {});
    await tail.read();
  }
}

interface Bench {
  service: Child;
  baseUrl: string;
  processes: Processes;
  k6: string;
}

/** The smallest service there is, so that k6 has the most to do; it counts what it answers. */
const serviceCode = `
let served = 0;
require('node:http').createServer((request, response) => {
  if (request.url === '/served') return response.end(String(served));
  served += 1;
  response.setHeader('content-type', 'application/json');
  response.end('{"items":[1,2,3]}');
}).listen(Number(process.env.PORT), '127.0.0.1');
`;
const port = Number(process.env.DYNO_PORT__SERVICE ?? 28_080);

async function withService(work: (bench: Bench) => Promise<void>): Promise<void> {
  const k6 = await k6Program();
  const processes = await Processes.open({
    home: join(folder, 'home'),
    owner: { kind: 'run', runId: 'ingest' },
    reap: true,
  });
  try {
    const service = await processes.start({
      what: 'service',
      command: process.execPath,
      args: ['-e', serviceCode],
      cwd: folder,
      env: { PATH: process.env.PATH, PORT: String(port) },
      logFile: join(folder, 'service.log'),
    });
    const baseUrl = `http://127.0.0.1:${port}`;
    while (!(await fetch(`${baseUrl}/served`).catch(() => null))) await pause(20);
    await work({ service, baseUrl, processes, k6 });
  } finally {
    await processes.close();
  }
}

async function served(baseUrl: string): Promise<number> {
  return Number(await (await fetch(`${baseUrl}/served`)).text());
}

/** What a user has. */
function script(): string {
  const file = join(folder, 'script.js');
  writeFileSync(
    file,
    "import http from 'k6/http';\nexport default function () { http.get(__ENV.BASE_URL + '/'); }\n",
  );
  return file;
}

const users = 10;

async function startOurs(
  processes: Processes,
  k6: string,
  baseUrl: string,
  csvFile: string,
  rate: number | null = null,
) {
  const { child, tail } = await startK6(processes, {
    k6,
    scenario: script(),
    targets: [{ variant: 'one', baseUrl }],
    drawSeed: 1,
    vus: users,
    ratePerSecond: rate,
    durationSeconds: 300,
    neededSeconds: 1,
    traceSampling: 0,
    csvFile,
    logFile: join(folder, 'k6.log'),
  });
  await tail.close();
  return child;
}

function startAlone(processes: Processes, k6: string, baseUrl: string): Promise<Child> {
  return processes.start({
    what: 'k6',
    command: k6,
    args: ['run', '--quiet', '--no-color', '--vus', String(users), '--duration', '300s', script()],
    cwd: '/',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, K6_NO_USAGE_REPORT: 'true', BASE_URL: baseUrl },
    logFile: join(folder, 'k6-alone.log'),
    graceMs: 2_000,
  });
}

async function bytesOf(csv: string): Promise<number> {
  const parquet = `${csv}.parquet`;
  const { requests } = await convertSamples(
    csv,
    parquet,
    { startMs: 0, endMs: Date.now() + 1e6 },
    { damaged: false },
  );
  return statSync(parquet).size / requests;
}

const firstMs = Date.UTC(2026, 0, 1);
const rowsPerRequest = 14;

/** As k6 writes it: fourteen rows a request, times that jitter, latencies with a long tail. */
async function writeCsv(file: string, requests: number): Promise<void> {
  const db = await duckdb(dirname(file));
  const trends = ['duration', 'blocked', 'connecting', 'tls_handshaking', 'sending', 'waiting', 'receiving'];
  const names = ['http_reqs', ...trends.map((name) => `http_req_${name}`), 'http_req_failed', 'checks'];
  const all = [...names, 'data_sent', 'data_received', 'iteration_duration', 'iterations']
    .map(quoted)
    .join(', ');
  await db.run('select setseed(0.42)');
  await db.run(
    `copy (select unnest([${all}]) as metric_name, t as timestamp, latency::decimal(12, 6) as metric_value,
        null as "check", null as error_code, '200' as status, null as extra_tags, 'vu=' || vu || '&iter=' || iter as metadata
      from (select ${firstMs * 1000} + i * 1000 + (random() * 900)::integer as t, ${latencySql} as latency,
        1 + i % 50 as vu, i // 50 as iter from range(${requests}) as r(i))) to ${quoted(file)} (header true)`,
  );
}

/** Of a process that may have ended. */
function peakBytes(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function row(what: string, limit: string, measured: string, kept: boolean): void {
  if (!kept) missed += 1;
  console.log(`| ${what} | ${limit} | ${measured} | ${kept ? 'kept' : 'MISSED'} |`);
}

function count(logValue: number): string {
  return Math.round(Math.exp(logValue)).toLocaleString('en');
}

function shares(logRatios: readonly number[]): string {
  const { estimate, low, high } = logRatioEstimate(logRatios, level);
  return `${percent(Math.exp(estimate))} [${percent(Math.exp(low))}, ${percent(Math.exp(high))}]`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function signed(share: number): string {
  return `${share >= 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(2)} %`;
}

try {
  const [child] = process.argv.slice(2);
  if (child === '--remake')
    await remakeReport(await RunFolder.open(process.argv[3] ?? '', process.argv[4] ?? ''));
  else {
    const chosen = process.argv.slice(2).filter(isPart);
    const cpu = cpus()[0]?.model ?? 'unknown';
    console.log(`${new Date().toISOString()}, Node ${process.version}, ${cpus().length} cores, ${cpu}\n`);
    console.log('| what | limit | measured | |\n|---|---|---|---|');
    for (const name of chosen.length > 0 ? chosen : Object.keys(parts).filter(isPart)) await parts[name]();
    process.exitCode = missed > 0 ? 1 : 0;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
