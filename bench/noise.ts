/**
 * What would make the pairs of a run scatter less: `node bench/noise.ts <runId>...`, over runs in fine mode that are kept with
 * their samples. Nothing is measured again: the same requests are cut into other windows. Spreads are standard deviations of the
 * log ratio of a pair around the mean of its own run, pooled over the runs, so that a real difference between variants does not matter.
 */
import { join } from 'node:path';
import type { Round } from '@dyno/contracts/run';
import { resourceSampleSchema } from '@dyno/contracts/run';
import { countingRounds } from '../services/lab/src/experiment/plan.ts';
import { NdjsonLog } from '../services/lab/src/run/durable.ts';
import { RunFolder } from '../services/lab/src/run/results.ts';
import { duckdb, quoted } from '../services/lab/src/samples/duckdb.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { mser5 } from '../services/lab/src/statistics/mser5.ts';

interface Served {
  /** Of each request, since the start of the window (negative in the warm-up), and how long it took. */
  requests: { atMs: number; ms: number }[];
  /** CPU ms of the service's own processes, by sample: `atMs` is its end. */
  cpu: { atMs: number; seconds: number; cpuMs: number }[];
}
interface Block {
  before: Served;
  after: Served;
  windowMs: number;
}
/** From and to, in ms since the start of the window. */
type Cut = (block: Block) => { fromMs: number; toMs: number };

const metrics = {
  'latency.p50': (served: Served, from: number, to: number) => quantile(latencies(served, from, to), 0.5),
  'latency.mean': (served: Served, from: number, to: number) => mean(latencies(served, from, to)),
  'latency.p95': (served: Served, from: number, to: number) => quantile(latencies(served, from, to), 0.95),
  'cpu.perRequest': cpuPerRequest,
};

const settings = readSettings();
const runs: Block[][] = [];
for (const name of process.argv.slice(2)) runs.push(await blocksOf(name));
const pairs = runs.reduce((sum, blocks) => sum + blocks.length, 0);
console.log(`${runs.length} runs, ${pairs} pairs; spread of a pair in percent`);
console.log(
  `${'cut of the window'.padEnd(44)}${Object.keys(metrics)
    .map((name) => name.padStart(16))
    .join('')}`,
);

for (const seconds of [1, 2, 3, 4, 6])
  line(`its first ${seconds} s`, () => ({ fromMs: 0, toMs: seconds * 1000 }));
for (const shift of [-2, -1, 0, 1, 2])
  line(`4 s, beginning ${shift} s behind the warm-up`, () => ({
    fromMs: shift * 1000,
    toMs: shift * 1000 + 4000,
  }));
line('from where MSER-5 finds it steady, to its end', (block) => ({
  fromMs: steadyFromMs(block),
  toMs: block.windowMs,
}));
line('all of it', ({ windowMs }) => ({ fromMs: 0, toMs: windowMs }));

function line(title: string, cut: Cut): void {
  const spreads = Object.values(metrics).map((metric) => {
    const deviations = runs.flatMap((blocks) => {
      const logs = blocks.map((block) => {
        const { fromMs, toMs } = cut(block);
        return Math.log(metric(block.after, fromMs, toMs) / metric(block.before, fromMs, toMs));
      });
      const known = logs.filter(Number.isFinite);
      // A run of n pairs has n - 1 degrees of freedom around its own mean.
      const middle = mean(known);
      return known.length < 2
        ? []
        : [{ squares: sum(known.map((log) => (log - middle) ** 2)), df: known.length - 1 }];
    });
    const spread = Math.sqrt(
      sum(deviations.map(({ squares }) => squares)) / sum(deviations.map(({ df }) => df)),
    );
    return (spread * 100).toFixed(2).padStart(16);
  });
  console.log(`${title.padEnd(44)}${spreads.join('')}`);
}

/** Both variants are cut at the same moment: the later one of the two. Means of 200 ms, the warm-up of the plan included. */
function steadyFromMs({ before, after, windowMs }: Block): number {
  const cuts = [before, after].map((served) => {
    const first = Math.min(...served.requests.map(({ atMs }) => atMs));
    const slices = Array.from({ length: Math.floor((windowMs - first) / 200) }, (_, index) =>
      mean(latencies(served, first + index * 200, first + (index + 1) * 200)),
    );
    return first + mser5(slices.filter(Number.isFinite)) * 200;
  });
  return Math.max(...cuts);
}

async function blocksOf(name: string): Promise<Block[]> {
  const folder = await RunFolder.open(settings.results, name);
  const plan = await folder.read('plan.json');
  const rounds = countingRounds(plan, await folder.rounds());
  const blocks: Block[] = [];
  for (const block of Map.groupBy(rounds, (round) => round.block).values()) {
    const before = block.find(({ variant }) => variant === plan.experiment.baseline.name);
    const after = block.find(({ variant }) => variant !== plan.experiment.baseline.name);
    if (!before || !after || plan.mode !== 'fine') throw new Error(`${name} is no run in fine mode`);
    blocks.push({
      before: await servedIn(folder.path, before),
      after: await servedIn(folder.path, after),
      windowMs: before.window.durationMs,
    });
  }
  return blocks;
}

async function servedIn(path: string, round: Round): Promise<Served> {
  const db = await duckdb(path);
  const file = quoted(join(path, round.samples.file));
  const rows = await db.runAndReadAll(
    `select (time_ms - ${round.window.startMs})::double, duration_ms::double from read_parquet(${file}) order by time_ms`,
  );
  const samples = (await NdjsonLog.read(join(path, round.resources.file))).map((one) =>
    resourceSampleSchema.parse(one),
  );
  return {
    requests: rows.getRowsJS().map(([atMs, ms]) => ({ atMs: Number(atMs), ms: Number(ms) })),
    cpu: samples
      .filter(({ process }) => process === 'service')
      .map(({ timeMs, seconds, cpuSeconds }) => ({
        atMs: timeMs - round.window.startMs,
        seconds,
        cpuMs: cpuSeconds * 1000,
      })),
  };
}

function latencies({ requests }: Served, fromMs: number, toMs: number): number[] {
  return requests.filter(({ atMs }) => atMs > fromMs && atMs <= toMs).map(({ ms }) => ms);
}

/** Over the samples that lie wholly inside: there is one about every second. */
function cpuPerRequest({ requests, cpu }: Served, fromMs: number, toMs: number): number {
  const inside = cpu.filter(({ atMs, seconds }) => atMs - seconds * 1000 >= fromMs - 50 && atMs <= toMs + 50);
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last) return Number.NaN;
  const begin = first.atMs - first.seconds * 1000;
  const counted = requests.filter(({ atMs }) => atMs > begin && atMs <= last.atMs).length;
  return sum(inside.map(({ cpuMs }) => cpuMs)) / counted;
}

function quantile(values: number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * p)] ?? Number.NaN;
}

function mean(values: number[]): number {
  return sum(values) / values.length;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
