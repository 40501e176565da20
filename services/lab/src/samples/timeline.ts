import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Round, resourceSampleSchema, schemaVersion, type TimelineFile } from '@dyno/contracts/run';
import { trimmedT } from '../statistics/yuen.ts';
import { duckdb, quoted } from './duckdb.ts';
import { type Latencies, merged, quantilesOf, readLatencies } from './latencies.ts';

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

/** Of one round; nothing of it changes with the rounds behind it. */
interface RoundPart {
  latency: TimelineFile['latency'];
  cpu: TimelineFile['cpu'];
  /** At each of `quantiles`. */
  curve: number[];
}

/** All windows of a variant so far. */
interface Pool {
  rounds: number[];
  latencies: Latencies;
}

/** What the charts draw, made from the raw samples of the rounds that count; each round is read once, however often it is asked for. */
export class Timeline {
  readonly #runFolder: string;
  readonly #parts = new Map<number, RoundPart>();
  readonly #pools = new Map<string, Pool>();

  constructor(runFolder: string) {
    this.#runFolder = runFolder;
  }

  async of(rounds: readonly Round[]): Promise<TimelineFile> {
    const byVariant = [...Map.groupBy(rounds, (round) => round.variant)];
    // A round that was taken in and does not count any more cannot be taken out: everything is read again.
    if (byVariant.some(([variant, own]) => !startsWith(own, this.#pools.get(variant)?.rounds ?? [])))
      this.#forget();
    for (const round of rounds) if (!this.#parts.has(round.round)) await this.#takeIn(round);
    const parts = rounds.flatMap((round) => this.#parts.get(round.round) ?? []);
    const pooled = byVariant.flatMap(([variant, own]) => {
      const latencies = this.#pools.get(variant)?.latencies;
      if (!latencies || latencies.total === 0) return [];
      const curves = own.flatMap((round) => [this.#parts.get(round.round)?.curve ?? []]);
      return [{ variant, latencies, curves }];
    });
    return {
      schemaVersion,
      latency: parts.flatMap(({ latency }) => latency),
      cpu: parts.flatMap(({ cpu }) => cpu),
      percentiles: pooled.flatMap(({ variant, latencies, curves }) =>
        percentileCurve(variant, latencies, curves),
      ),
      distribution: pooled.flatMap(({ variant, latencies }) => binsOf(variant, latencies)),
    };
  }

  async #takeIn(round: Round): Promise<void> {
    const latencies = await latenciesOf(this.#runFolder, round);
    this.#parts.set(round.round, {
      latency: await latencyPerSecond(this.#runFolder, round),
      cpu: await cpuPerSecond(this.#runFolder, round),
      curve: latencies.total === 0 ? [] : quantilesOf(latencies, quantiles),
    });
    const pool = this.#pools.get(round.variant);
    this.#pools.set(round.variant, {
      rounds: [...(pool?.rounds ?? []), round.round],
      latencies: pool ? merged(pool.latencies, latencies) : latencies,
    });
  }

  #forget(): void {
    this.#parts.clear();
    this.#pools.clear();
  }
}

export function makeTimeline(runFolder: string, rounds: readonly Round[]): Promise<TimelineFile> {
  return new Timeline(runFolder).of(rounds);
}

function startsWith(rounds: readonly Round[], known: readonly number[]): boolean {
  return known.every((round, index) => rounds[index]?.round === round);
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

/** Of one window. */
async function latenciesOf(runFolder: string, round: Round): Promise<Latencies> {
  const file = `${runFolder}/${round.samples.file}`;
  return readLatencies(await duckdb(dirname(file)), `read_parquet(${quoted(file)}) where in_window`);
}

function percentileCurve(
  variant: string,
  latencies: Latencies,
  ofRounds: readonly number[][],
): TimelineFile['percentiles'] {
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
