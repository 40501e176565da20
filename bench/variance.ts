/**
 * Where the noise of a run comes from: node bench/variance.ts <runId or latest>...
 * The log ratio of both variants is taken in slices of a second and over whole windows. What slices scatter within a
 * window is noise that a longer window averages out; what windows scatter beyond that comes with each restart.
 * In isolated mode the slices of both windows of a block are paired by their place. Beside it what a window's ratio
 * would scatter by if its requests were all there is to it, independent of each other, and how far both variants
 * together move from block to block, which pairing takes out.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PlanFile, type Round, resourceSampleSchema } from '@dyno/contracts/run';
import { countingRounds } from '../services/lab/src/experiment/plan.ts';
import { RunFolder } from '../services/lab/src/run/results.ts';
import { duckdb, quoted } from '../services/lab/src/samples/duckdb.ts';
import { expand, readLatencies } from '../services/lab/src/samples/latencies.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { relativeErrorOfMean, relativeErrorOfQuantile } from './independentRequests.ts';

/** Log ratios of one block: over the window, and in each of its seconds. */
interface BlockRatios {
  window: number;
  slices: number[];
  /** Logarithm of what both variants show together. */
  level: number;
  /** Variance of the window's log ratio that single requests explain; null where they do not have the figure. */
  requests: number | null;
}

/** One figure of a round, over all of it and by second. */
interface Figures {
  window: number;
  slices: Map<number, number>;
  /** Of the window, relative to it, if its requests were independent. */
  standardError: number | null;
}

const metrics = ['latency.p50', 'latency.mean', 'latency.p95', 'cpu.perRequest'] as const;
type Metric = (typeof metrics)[number];
type LatencyMetric = Exclude<Metric, 'cpu.perRequest'>;

const inSql: Record<LatencyMetric, string> = {
  'latency.p50': 'median(duration_ms)',
  'latency.mean': 'avg(duration_ms)',
  'latency.p95': 'quantile_cont(duration_ms, 0.95)',
};

const standardErrorOf: Record<LatencyMetric, (sorted: Float64Array) => number> = {
  'latency.p50': (sorted) => relativeErrorOfQuantile(sorted, 0.5),
  'latency.mean': relativeErrorOfMean,
  'latency.p95': (sorted) => relativeErrorOfQuantile(sorted, 0.95),
};

const settings = readSettings();
for (const name of process.argv.length > 2 ? process.argv.slice(2) : ['latest']) await printRun(name);

async function printRun(name: string): Promise<void> {
  const folder = await RunFolder.open(settings.results, name);
  const plan = await folder.read('plan.json');
  const rounds = countingRounds(plan, await folder.rounds());
  const blocks = [...Map.groupBy(rounds, ({ block }) => block).values()];
  console.log(
    `\n${folder.runId}, ${plan.mode} mode, ${blocks.length} blocks, warm-up ${plan.plan.warmupSeconds} s, window ${plan.plan.windowSeconds} s, a restart costs ${restartSeconds(plan, rounds).toFixed(1)} s besides`,
  );
  console.log('  standard deviation of the log ratio, in percent');
  console.log(
    '  metric          requests  1 s slice  window  of it restarts  both, by block  best window (s)',
  );
  for (const metric of metrics) {
    const ratios = [];
    for (const block of blocks) ratios.push(await ratiosOf(folder.path, plan, block, metric));
    console.log(`  ${componentsLine(metric, ratios, plan, restartSeconds(plan, rounds))}`);
  }
}

function componentsLine(metric: string, ratios: BlockRatios[], { plan }: PlanFile, restart: number): string {
  const within = mean(ratios.filter(({ slices }) => slices.length > 1).map(({ slices }) => variance(slices)));
  const total = variance(ratios.map(({ window }) => window));
  const slices = mean(ratios.map((one) => one.slices.length));
  const between = Math.max(0, total - within / slices);
  // Kalibera and Jones 2013: seconds of window for each restart that give the most for the time.
  const best =
    between === 0 ? Number.POSITIVE_INFINITY : Math.sqrt(((restart + plan.warmupSeconds) * within) / between);
  const percent = (value: number) => (Math.sqrt(value) * 100).toFixed(1);
  const requests = ratios.flatMap((one) => one.requests ?? []);
  return [
    metric.padEnd(14),
    (requests.length > 0 ? percent(mean(requests)) : '-').padStart(9),
    percent(within).padStart(10),
    percent(total).padStart(7),
    percent(between).padStart(15),
    percent(variance(ratios.map(({ level }) => level))).padStart(15),
    (Number.isFinite(best) ? best.toFixed(0) : 'any').padStart(16),
  ].join(' ');
}

async function ratiosOf(path: string, plan: PlanFile, block: Round[], metric: Metric): Promise<BlockRatios> {
  const figures = async (variant: string | undefined) => {
    const round = block.find((one) => one.variant === variant);
    if (!round) throw new Error(`no round of ${variant} in a block that counts`);
    return metric === 'cpu.perRequest' ? await cpuOf(path, round) : await latencyOf(path, round, metric);
  };
  const before = await figures(plan.experiment.baseline.name);
  const after = await figures(plan.experiment.candidates[0]?.name);
  const slices = [...after.slices].flatMap(([second, value]) => {
    const other = before.slices.get(second);
    return other !== undefined && other > 0 && value > 0 ? [Math.log(value / other)] : [];
  });
  return {
    window: Math.log(after.window / before.window),
    slices,
    level: Math.log(after.window * before.window) / 2,
    requests:
      before.standardError === null || after.standardError === null
        ? null
        : before.standardError ** 2 + after.standardError ** 2,
  };
}

async function latencyOf(path: string, round: Round, metric: LatencyMetric): Promise<Figures> {
  const value = inSql[metric];
  const file = quoted(join(path, round.samples.file));
  const second = `floor((time_ms - ${round.window.startMs}) / 1000)::integer`;
  const slices = await query(
    path,
    `select ${second}, ${value}::double from read_parquet(${file}) where in_window group by 1 order by 1`,
  );
  const [whole] = await query(path, `select 0, ${value}::double from read_parquet(${file}) where in_window`);
  const full = Math.floor(round.window.durationMs / 1000);
  const sorted = expand(await readLatencies(await duckdb(path), `read_parquet(${file}) where in_window`));
  return {
    window: whole?.[1] ?? Number.NaN,
    slices: new Map(slices.filter(([at]) => at < full)),
    standardError: standardErrorOf[metric](sorted),
  };
}

/** Of the service's own processes; the lab looks once a second, at its own moments. */
async function cpuOf(path: string, round: Round): Promise<Figures> {
  const samples = readFileSync(join(path, round.resources.file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => resourceSampleSchema.parse(JSON.parse(line)))
    .filter(({ process, timeMs }) => process === 'service' && timeMs - 1000 >= round.window.startMs)
    .filter(({ timeMs }) => timeMs <= round.window.endMs);
  const file = quoted(join(path, round.samples.file));
  const slices = new Map<number, number>();
  for (const [index, { timeMs, seconds, cpuSeconds }] of samples.entries()) {
    const [counted] = await query(
      path,
      `select 0, count(*)::double from read_parquet(${file}) where time_ms > ${timeMs - seconds * 1000} and time_ms <= ${timeMs}`,
    );
    if (counted && counted[1] > 0) slices.set(index, cpuSeconds / counted[1]);
  }
  const used = round.usage.find(({ process }) => process === 'service')?.cpuSeconds ?? Number.NaN;
  return { window: used / round.load.requests, slices, standardError: null };
}

async function query(folder: string, sql: string): Promise<[number, number][]> {
  const rows = (await (await duckdb(folder)).runAndReadAll(sql)).getRowsJS();
  return rows.map(([first, second]) => [Number(first), Number(second)]);
}

/** What one more restart takes, without warm-up and window. */
function restartSeconds({ plan }: PlanFile, rounds: readonly Round[]): number {
  const starts = [...new Set(rounds.map(({ startedAt }) => Date.parse(startedAt)))].sort((a, b) => a - b);
  const gaps = starts.slice(1).map((start, index) => (start - (starts[index] ?? start)) / 1000);
  return Math.max(0, median(gaps) - plan.warmupSeconds - plan.windowSeconds);
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (
    ((sorted[Math.floor(sorted.length / 2)] ?? 0) + (sorted[Math.floor((sorted.length - 1) / 2)] ?? 0)) / 2
  );
}
