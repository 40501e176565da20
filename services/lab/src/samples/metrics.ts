import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { MetricName } from '@dyno/contracts/metrics';
import { type Round, type RoundMetrics, type VitalSample, vitalSampleSchema } from '@dyno/contracts/run';
import { harrellDavis } from '../statistics/harrellDavis.ts';
import { mser5 } from '../statistics/mser5.ts';
import { duckdb, quoted } from './duckdb.ts';
import { expand, readLatencies } from './latencies.ts';

type MetricsOfRound = RoundMetrics['rounds'][number];

/** Processes whose CPU is spent for a request; k6 and the lab are the measuring instrument. */
const instruments = ['k6', 'lab'];

/** Fewer batches of five seconds than that say nothing about a warm-up. */
const steadySecondsMin = 15;

/** One value per metric of one round; the rounds' values are what the statistics compare. */
export async function metricsOfRound(runFolder: string, round: Round): Promise<MetricsOfRound> {
  const file = `${runFolder}/${round.samples.file}`;
  const { requests, failed } = round.load;
  const seconds = round.window.durationMs / 1000;
  const cpuMsPerRequestByProcess = cpuPerRequest(round);
  const latencies = await latencyValues(file, 'true');
  const values: Record<Exclude<MetricName, VitalName>, number | null> = {
    ...latencies,
    throughput: requests / seconds,
    'errors.rate': requests === 0 ? null : failed / requests,
    'cpu.perRequest': requests === 0 ? null : sum(Object.values(cpuMsPerRequestByProcess)),
    'cpu.utilization': ownCpuSeconds(round) / (round.machine.cores * seconds),
  };
  return {
    round: round.round,
    block: round.block,
    variant: round.variant,
    values: { ...values, ...(await vitalValues(runFolder, round)) },
    // A variant that fails fast must not look fast.
    successful: failed === 0 ? latencies : await latencyValues(file, 'ok'),
    unsteadySeconds: await unsteadySeconds(file, round),
    requests,
    failed,
    cpuMsPerRequestByProcess,
  };
}

type LatencyName = Extract<MetricName, `latency.${string}`>;

async function latencyValues(file: string, condition: string): Promise<Record<LatencyName, number | null>> {
  const latencies = await sortedLatencies(file, condition);
  const quantile = (p: number) => (latencies.length === 0 ? null : harrellDavis(latencies, p));
  return {
    'latency.mean': mean(latencies),
    'latency.p50': quantile(0.5),
    'latency.p95': quantile(0.95),
    'latency.p99': quantile(0.99),
  };
}

type VitalName = VitalSample['metric'];

/** Nothing where no browser told of a page in the window: there is no such metric then. */
async function vitalValues(
  runFolder: string,
  { vitals, window }: Round,
): Promise<Partial<Record<VitalName, number>>> {
  if (!vitals) return {};
  const text = await readFile(`${runFolder}/${vitals.file}`, 'utf8');
  const samples = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => vitalSampleSchema.parse(JSON.parse(line)))
    .filter(({ timeMs }) => timeMs >= window.startMs && timeMs < window.endMs);
  const byMetric = Map.groupBy(samples, ({ metric }) => metric);
  return Object.fromEntries(
    [...byMetric].map(([metric, own]) => [
      metric,
      harrellDavis(Float64Array.from(own, ({ valueMs }) => valueMs).sort(), 0.75),
    ]),
  );
}

/** Seconds without an answer are left out: they have no mean. */
async function unsteadySeconds(file: string, { window }: Round): Promise<number | null> {
  const seconds = Math.floor(window.durationMs / 1000);
  if (seconds < steadySecondsMin) return null;
  const db = await duckdb(dirname(file));
  const result = await db.runAndReadAll(
    `select avg(duration_ms)::double as mean from read_parquet(${quoted(file)})
     where in_window and time_ms < ${window.startMs + seconds * 1000}
     group by floor((time_ms - ${window.startMs}) / 1000) order by floor((time_ms - ${window.startMs}) / 1000)`,
  );
  const means = result.getRowsJS().map(([value]) => Number(value));
  return means.length < steadySecondsMin ? null : mser5(means);
}

/** Of the service, its database and its cache: what else runs on the machine is no fault of the variant. */
function ownCpuSeconds({ usage }: Round): number {
  return sum(ownProcesses(usage).map(({ cpuSeconds }) => cpuSeconds));
}

function ownProcesses(usage: Round['usage']): Round['usage'] {
  return usage.filter(({ process }) => !instruments.includes(process));
}

function cpuPerRequest({ usage, load }: Round): Record<string, number> {
  if (load.requests === 0) return {};
  return Object.fromEntries(
    ownProcesses(usage).map(({ process, cpuSeconds }) => [process, (cpuSeconds * 1000) / load.requests]),
  );
}

/** Of the window, in ms, ascending. */
async function sortedLatencies(parquetFile: string, condition: string): Promise<Float64Array> {
  const db = await duckdb(dirname(parquetFile));
  const from = `read_parquet(${quoted(parquetFile)}) where in_window and ${condition}`;
  return expand(await readLatencies(db, from));
}

function mean(values: Float64Array): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
