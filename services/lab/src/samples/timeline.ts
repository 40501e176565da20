import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Round, resourceSampleSchema, schemaVersion, type TimelineFile } from '@dyno/contracts/run';
import { duckdb, quoted } from './duckdb.ts';
import { quantilesOf, readLatencies } from './latencies.ts';

/** Points of the percentile curve: evenly up to p90, then ever closer to the end, where the differences are. */
const quantiles = [
  ...Array.from({ length: 19 }, (_, index) => (index * 5) / 100),
  ...[0.925, 0.95, 0.96, 0.97, 0.975, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999, 1],
];

/** What the charts draw, made from the raw samples of the rounds that count. */
export async function makeTimeline(runFolder: string, rounds: readonly Round[]): Promise<TimelineFile> {
  const latency: TimelineFile['latency'] = [];
  const cpu: TimelineFile['cpu'] = [];
  for (const round of rounds) {
    latency.push(...(await latencyPerSecond(runFolder, round)));
    cpu.push(...(await cpuPerSecond(runFolder, round)));
  }
  return { schemaVersion, latency, cpu, percentiles: await percentiles(runFolder, rounds) };
}

async function latencyPerSecond(runFolder: string, round: Round): Promise<TimelineFile['latency']> {
  const db = await duckdb(dirname(`${runFolder}/${round.samples.file}`));
  const result = await db.runAndReadAll(`
    select * exclude (quantiles), quantiles[1] as p50, quantiles[2] as p95 from (
    select floor((time_ms::double - ${round.window.startMs}) / 1000)::double as second, count(*)::double as requests,
      count(*) filter (not ok)::double as failed, avg(duration_ms)::double as mean,
      quantile_cont(duration_ms::double, [0.5, 0.95]) as quantiles
    from read_parquet(${quoted(`${runFolder}/${round.samples.file}`)}) group by second
    ) order by second`);
  return result.getRowObjectsJS().map((row) => ({
    round: round.round,
    block: round.block,
    variant: round.variant,
    second: Number(row.second),
    requests: Number(row.requests),
    failed: Number(row.failed),
    meanMs: Number(row.mean),
    p50Ms: Number(row.p50),
    p95Ms: Number(row.p95),
  }));
}

/** A sample stands for the second before it. */
async function cpuPerSecond(runFolder: string, round: Round): Promise<TimelineFile['cpu']> {
  const text = await readFile(`${runFolder}/${round.resources.file}`, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => resourceSampleSchema.parse(JSON.parse(line)))
    .map((sample) => ({
      round: round.round,
      block: round.block,
      variant: round.variant,
      second: Math.floor((sample.timeMs - round.window.startMs) / 1000 - sample.seconds / 2),
      process: sample.process,
      cores: sample.cpuSeconds / sample.seconds,
    }));
}

async function percentiles(
  runFolder: string,
  rounds: readonly Round[],
): Promise<TimelineFile['percentiles']> {
  const points: TimelineFile['percentiles'] = [];
  for (const [variant, own] of Map.groupBy(rounds, (round) => round.variant)) {
    const [first] = own;
    if (!first) continue;
    const db = await duckdb(dirname(`${runFolder}/${first.samples.file}`));
    const files = own.map(({ samples }) => quoted(`${runFolder}/${samples.file}`)).join(', ');
    const latencies = await readLatencies(db, `read_parquet([${files}]) where in_window`);
    if (latencies.total === 0) continue;
    const curve = quantilesOf(latencies, quantiles);
    points.push(...quantiles.map((quantile, index) => ({ variant, quantile, ms: curve[index] ?? 0 })));
  }
  return points;
}
