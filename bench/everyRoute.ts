/**
 * The table of experiments/all.ts: every route under its own worst load, all optimizations off against all on. Each is a run of its own,
 * kept in results/ like every run, with its rounds in random order. A line of bench/everyRoute.ndjson is a route; the same call goes on
 * where it was stopped, measures again what was invalid, and prints the table of what there is.
 *   npm run bench:every-route
 *   npm run bench:every-route -- --only products,search --blocks 2 --warmup 2 --window 2 --file /tmp/try.ndjson
 *   npm run bench:every-route -- --table
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { type Report, reportSchema } from '@dyno/contracts/report';
import { duration } from '@dyno/lab/format';
import all from '../experiments/all.ts';
import { flushRedis, withRedis } from '../services/lab/src/caches/redisCaches.ts';
import { durationOf } from '../services/lab/src/experiment/duration.ts';
import { Processes } from '../services/lab/src/run/processes.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { ensureStack, type Stack } from '../services/lab/src/stack/stack.ts';
import { type RouteLoad, type RoutePlan, routes } from './everyRoute/routes.ts';
import { type Entry, entrySchema, figuresOf, invalidBy, planOf, rowOf, tableOf } from './everyRoute/table.ts';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    /** In place of each route's own. */
    blocks: { type: 'string' },
    warmup: { type: 'string' },
    window: { type: 'string' },
    /** Prints what is there and measures nothing. */
    table: { type: 'boolean', default: false },
    file: { type: 'string', default: join(import.meta.dirname, 'everyRoute.ndjson') },
  },
});
const settings = readSettings();
/** What a run takes besides its rounds: looking at the stack and the data, trying the script, comparing statuses, the report. */
const aroundSeconds = 9;

const missing = flags.table ? [] : chosen().filter((load) => !isMeasured(load));
if (missing.length > 0) await measureAll(missing);
console.log(tableOf(latest));
if (!flags.table && chosen().some((load) => !isMeasured(load))) process.exitCode = 1;

function chosen(): readonly RouteLoad[] {
  const names = flags.only?.split(',');
  const unknown = names?.filter((name) => !routes.some((load) => load.name === name)) ?? [];
  if (unknown.length > 0) {
    const known = routes.map(({ name }) => name).join(', ');
    throw new Error(`--only ${unknown.join(',')}: choose from ${known}`);
  }
  return names === undefined ? routes : routes.filter(({ name }) => names.includes(name));
}

async function measureAll(loads: readonly RouteLoad[]): Promise<void> {
  const seconds = loads.reduce(
    (sum, load) => sum + aroundSeconds + durationOf(labPlan(load), 'isolated').mostSeconds,
    0,
  );
  console.error(`${loads.length} routes, about ${duration(seconds)}`);
  // One stack for all runs; one that is up already stays up.
  const processes = await Processes.open({ home: settings.home, owner: { kind: 'stack' }, reap: true });
  try {
    const stack = await ensureStack(settings, { processes, seed: false, nginx: true, onProgress() {} });
    for (const load of loads) {
      await measureOne(load, stack).catch((error: unknown) =>
        console.error(`${load.name}: ${String(error)}`),
      );
    }
  } finally {
    await processes.close();
  }
}

/** What goes wrong with one route leaves the others to be measured. */
async function measureOne(load: RouteLoad, stack: Stack): Promise<void> {
  // Answers of the run before are of other data.
  await withRedis(stack.connections.redisUrl, flushRedis);
  const startedMs = performance.now();
  const report = await run(load);
  if (typeof report === 'string') return console.error(`${load.name}: ${report}`);
  const entry: Entry = {
    name: load.name,
    measured: measuredOf(load),
    at: report.createdAt,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: settings.project,
      encoding: 'utf8',
    }).trim(),
    runId: report.runId,
    seconds: Math.round((performance.now() - startedMs) / 1000),
    verdict: report.verdict,
    failed: report.guards.filter(({ status }) => status === 'fail').map(({ name }) => name),
    ...figuresOf(report),
  };
  appendFileSync(flags.file, `${JSON.stringify(entry)}\n`);
  console.error(`${duration(entry.seconds)} ${rowOf(load, entry)}`);
}

/** As a user would call it; the words of a refusal in place of a report. */
async function run(load: RouteLoad): Promise<Report | string> {
  const cli = join(settings.project, 'services/lab/src/cli.ts');
  const child = spawn(process.execPath, [cli, 'run', experimentFile(load), '--json', '--quiet', '--wait'], {
    cwd: settings.project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // Of the data and of the load alike.
      SHOP_SIZE: String(load.shopSize ?? 1),
      THINK_SECONDS: String(load.thinkSeconds ?? 1),
      ROUTE: load.route,
    },
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (output.trim() === '') return `exit code ${code}: ${errors.trim()}`;
  return reportSchema.parse(JSON.parse(output));
}

/** Within the project, so that the shop is known to be ours and its database is filled. */
function experimentFile(load: RouteLoad): string {
  const folder = join(settings.project, '.dyno', 'every-route');
  mkdirSync(folder, { recursive: true });
  const file = resolve(folder, `${load.name}.ts`);
  const experiment = {
    ...all,
    name: `all-${load.name}`,
    title: `${all.title}: ${load.route}, ${load.asked}`,
    load: { ...all.load, scenario: `k6/scenarios/${load.scenario}.ts`, vus: load.vus },
    plans: { 'every-route': labPlan(load) },
  };
  writeFileSync(file, `export default ${JSON.stringify(experiment)};\n`);
  return file;
}

/** One variant at a time: the table is of absolute figures, and the naive one takes the whole machine. */
function labPlan(load: RouteLoad) {
  const { blocks, warmupSeconds, windowSeconds } = withFlags(planOf(load));
  return {
    blocks: { min: blocks, max: blocks },
    warmupSeconds,
    windowSeconds,
    tracePassSeconds: 0,
    profilePassSeconds: 0,
    mode: 'isolated' as const,
  };
}

function withFlags(plan: RoutePlan): RoutePlan {
  return {
    blocks: Number(flags.blocks ?? plan.blocks),
    warmupSeconds: Number(flags.warmup ?? plan.warmupSeconds),
    windowSeconds: Number(flags.window ?? plan.windowSeconds),
  };
}

function measuredOf(load: RouteLoad): string {
  const { scenario, vus, thinkSeconds, shopSize } = load;
  return JSON.stringify({ scenario, vus, thinkSeconds, shopSize, ...withFlags(planOf(load)) });
}

function latest(load: RouteLoad): Entry | undefined {
  if (!existsSync(flags.file)) return undefined;
  const lines = readFileSync(flags.file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines
    .map((line) => entrySchema.parse(JSON.parse(line)))
    .findLast(({ name, measured }) => name === load.name && measured === measuredOf(load));
}

function isMeasured(load: RouteLoad): boolean {
  const entry = latest(load);
  return entry !== undefined && invalidBy(load, entry).length === 0;
}
