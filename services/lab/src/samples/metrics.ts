import type { MetricName } from '@dyno/contracts/metrics';
import type { Round, RoundMetrics } from '@dyno/contracts/run';
import { harrellDavis } from '../statistics/harrellDavis.ts';
import { duckdb, quoted } from './duckdb.ts';

type MetricsOfRound = RoundMetrics['rounds'][number];

/** Processes whose CPU is spent for a request; k6 and the lab are the measuring instrument. */
const instruments = ['k6', 'lab'];

/** One value per metric of one round; the rounds' values are what the statistics compare. */
export async function metricsOfRound(runFolder: string, round: Round): Promise<MetricsOfRound> {
  const latencies = await sortedLatencies(`${runFolder}/${round.samples.file}`);
  const { requests, failed } = round.load;
  const seconds = round.window.durationMs / 1000;
  const cpuMsPerRequestByProcess = cpuPerRequest(round);
  const quantile = (p: number) => (latencies.length === 0 ? null : harrellDavis(latencies, p));
  const values: Record<MetricName, number | null> = {
    'latency.mean': mean(latencies),
    'latency.p50': quantile(0.5),
    'latency.p95': quantile(0.95),
    'latency.p99': quantile(0.99),
    throughput: requests / seconds,
    'errors.rate': requests === 0 ? null : failed / requests,
    'cpu.perRequest': requests === 0 ? null : sum(Object.values(cpuMsPerRequestByProcess)),
    'cpu.utilization': ownCpuSeconds(round) / (round.machine.cores * seconds),
  };
  return {
    round: round.round,
    block: round.block,
    variant: round.variant,
    values,
    requests,
    failed,
    cpuMsPerRequestByProcess,
  };
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
async function sortedLatencies(parquetFile: string): Promise<Float64Array> {
  const db = await duckdb();
  const result = await db.runAndReadAll(
    `select duration_ms from read_parquet(${quoted(parquetFile)}) where in_window order by duration_ms`,
  );
  return Float64Array.from(result.getColumns()[0] ?? [], Number);
}

function mean(values: Float64Array): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
