import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Round, resourceSampleSchema, schemaVersion, type TimelineFile } from '@dyno/contracts/run';
import { trimmedT } from '../statistics/yuen.ts';
import { duckdb, quoted } from './duckdb.ts';
import { type Latencies, quantilesOf, readLatencies } from './latencies.ts';

/** Points of the percentile curve: evenly up to p90, then ever closer to the end, where the differences are. */
const quantiles = [
  ...Array.from({ length: 19 }, (_, index) => (index * 5) / 100),
  ...[0.925, 0.95, 0.96, 0.97, 0.975, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999, 1],
];

/** Bins of the distribution to a power of ten. */
const binsPerDecade = 40;
/** k6's clock; a logarithmic axis has no place for 0. */
const leastMs = 0.001;
const bandLevel = 0.95;

/** What the charts draw, made from the raw samples of the rounds that count. */
export async function makeTimeline(runFolder: string, rounds: readonly Round[]): Promise<TimelineFile> {
  const latency: TimelineFile['latency'] = [];
  const cpu: TimelineFile['cpu'] = [];
  for (const round of rounds) {
    latency.push(...(await latencyPerSecond(runFolder, round)));
    cpu.push(...(await cpuPerSecond(runFolder, round)));
  }
  const percentiles: TimelineFile['percentiles'] = [];
  const distribution: TimelineFile['distribution'] = [];
  for (const [variant, own] of Map.groupBy(rounds, (round) => round.variant)) {
    const latencies = await latenciesOf(runFolder, own);
    if (latencies === null) continue;
    percentiles.push(...(await percentileCurve(runFolder, variant, own, latencies)));
    distribution.push(...binsOf(variant, latencies));
  }
  return { schemaVersion, latency, cpu, percentiles, distribution };
}

async function latencyPerSecond(runFolder: string, round: Round): Promise<TimelineFile['latency']> {
  const db = await duckdb(dirname(`${runFolder}/${round.samples.file}`));
  const result = await db.runAndReadAll(`
    select * exclude (quantiles), quantiles[1] as p5, quantiles[2] as p50, quantiles[3] as p95 from (
    select floor((time_ms::double - ${round.window.startMs}) / 1000)::double as second, count(*)::double as requests,
      count(*) filter (not ok)::double as failed, avg(duration_ms)::double as mean,
      quantile_cont(duration_ms::double, [0.05, 0.5, 0.95]) as quantiles
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
    p5Ms: Number(row.p5),
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
      rssBytes: sample.rssBytes,
    }));
}

/** Of all windows of one variant; null where nothing was answered. */
async function latenciesOf(runFolder: string, rounds: readonly Round[]): Promise<Latencies | null> {
  const [first] = rounds;
  if (!first) return null;
  const db = await duckdb(dirname(`${runFolder}/${first.samples.file}`));
  const files = rounds.map(({ samples }) => quoted(`${runFolder}/${samples.file}`)).join(', ');
  const latencies = await readLatencies(db, `read_parquet([${files}]) where in_window`);
  return latencies.total === 0 ? null : latencies;
}

async function percentileCurve(
  runFolder: string,
  variant: string,
  rounds: readonly Round[],
  latencies: Latencies,
): Promise<TimelineFile['percentiles']> {
  const ofRounds: number[][] = [];
  for (const round of rounds) ofRounds.push(await quantilesOfRound(runFolder, round));
  return quantilesOf(latencies, quantiles).map((ms, index) => {
    const logs = ofRounds.flatMap((values) => Math.log(Math.max(leastMs, values[index] ?? Number.NaN)));
    const known = logs.filter(Number.isFinite);
    const band = known.length > 1 ? trimmedT(known, 0, bandLevel) : null;
    const halfWidth = band ? (band.high - band.low) / 2 : null;
    return {
      variant,
      quantile: quantiles[index] ?? Number.NaN,
      ms,
      low: halfWidth === null ? null : ms * Math.exp(-halfWidth),
      high: halfWidth === null ? null : ms * Math.exp(halfWidth),
    };
  });
}

async function quantilesOfRound(runFolder: string, round: Round): Promise<number[]> {
  const file = `${runFolder}/${round.samples.file}`;
  const db = await duckdb(dirname(file));
  const result = await db.runAndReadAll(
    `select unnest(quantile_cont(duration_ms::double, [${quantiles.join(', ')}])) as ms from read_parquet(${quoted(file)}) where in_window`,
  );
  return result.getColumnsJS()[0]?.map(Number) ?? [];
}

function binsOf(variant: string, { values, counts }: Latencies): TimelineFile['distribution'] {
  const requests = new Map<number, number>();
  for (const [index, ms] of values.entries()) {
    const bin = Math.floor(Math.log10(Math.max(leastMs, ms)) * binsPerDecade);
    requests.set(bin, (requests.get(bin) ?? 0) + (counts[index] ?? 0));
  }
  return [...requests].map(([bin, count]) => ({
    variant,
    fromMs: 10 ** (bin / binsPerDecade),
    toMs: 10 ** ((bin + 1) / binsPerDecade),
    requests: count,
  }));
}
