/**
 * What Dyno's method and the usual ones make of the same data: false alarms, power, pairs. Prints Markdown; --write keeps
 * it in bench/statistics.md. With folders of runs it adds what each method says of them, and how their pairs scatter.
 *   npm run bench:statistics -- [--runs 1000] [--seed 20261121] [--write] [--same] [results/<run> ...]
 * --same: both variants of those runs are the same, so every difference is a false alarm.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type MetricName, metricCatalogue, metricNames } from '@dyno/contracts/metrics';
import {
  type Mode,
  type PlanFile,
  planFileSchema,
  roundMetricsSchema,
  roundSchema,
} from '@dyno/contracts/run';
import { countingRounds } from '../services/lab/src/experiment/plan.ts';
import { randomOf } from '../services/lab/src/experiment/random.ts';
import { count, digits, percent, plural } from '../services/lab/src/format.ts';
import { duckdb, quoted } from '../services/lab/src/samples/duckdb.ts';
import { noiseOf, simulatedBlocks } from '../services/lab/src/statistics/fixtures/noiseModel.ts';
import { simulate } from '../services/lab/src/statistics/fixtures/simulation.ts';
import { gaussian } from '../services/lab/src/statistics/gaussian.ts';
import { judge } from '../services/lab/src/statistics/judge.ts';
import { spreadOf } from '../services/lab/src/statistics/metricResult.ts';
import { type BlockRows, blockRows } from '../services/lab/src/statistics/pairs.ts';
import { wilson } from '../services/lab/src/statistics/proportions.ts';
import { trimmedT } from '../services/lab/src/statistics/yuen.ts';
import { differByFivePercent, mannWhitney, welchT } from './naive.ts';

const { values: flags, positionals: folders } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '20261121' },
    write: { type: 'boolean', default: false },
    same: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const runs = Number(flags.runs);
const seed = Number(flags.seed);
const range = { min: 4, max: 20 };
const effects = [0, 0.02, 0.05, 0.1];
/** The fixed number of pairs that the usual methods get; a table of their own would be wrong in the same way. */
const naivePairs = 8;
const requestsOfRound = 500;
/** Of the logarithm of single latencies: a long tail, as latencies have. */
const requestSpread = 0.5;

const page = [
  '# What the method is worth',
  `Printed by \`npm run bench:statistics -- --runs ${runs} --seed ${seed}\`. Rounds that never were, with the noise of \`services/lab/src/statistics/fixtures/noiseModel.ts\`; each share is of ${count(runs)} runs, with its 95 % Monte Carlo interval.`,
  '"Called different" is a false alarm: both variants are the same. "Found" counts the right direction only. Requests are drawn around the level of their round, which is what makes them no replicates.',
  ...comparison('fine'),
  ...comparison('isolated'),
  ...metricTables(),
  ...(folders.length > 0 ? await realRuns() : []),
].join('\n\n');
console.log(page);
if (flags.write) writeFileSync(new URL('./statistics.md', import.meta.url), `${page}\n`);

type Says = 'faster' | 'slower' | 'same';

interface Method {
  name: string;
  pairs: string;
  /** Whether it says that the candidate is faster, slower, or neither. */
  says(blocks: readonly LatencyBlock[]): Says;
}

/** One block's single latencies, and their means. */
interface LatencyBlock {
  baseline: Float64Array;
  candidate: Float64Array;
}

function methods(): Method[] {
  const first = (blocks: readonly LatencyBlock[], pairs: number) => ({
    baseline: joined(blocks.slice(0, pairs).map(({ baseline }) => baseline)),
    candidate: joined(blocks.slice(0, pairs).map(({ candidate }) => candidate)),
  });
  const averages = (pairs: number): Method => ({
    name: 'two averages differ by more than 5 %',
    pairs: String(pairs),
    says: (blocks) => {
      const { baseline, candidate } = first(blocks, pairs);
      return differByFivePercent(baseline, candidate) ? direction(baseline, candidate) : 'same';
    },
  });
  const overRequests = (name: string, p: (x: Float64Array, y: Float64Array) => number): Method => ({
    name,
    pairs: String(naivePairs),
    says: (blocks) => {
      const { baseline, candidate } = first(blocks, naivePairs);
      return p(baseline, candidate) < 0.05 ? direction(baseline, candidate) : 'same';
    },
  });
  return [
    averages(1),
    averages(naivePairs),
    overRequests("Welch's t over all requests", (x, y) => welchT(x, y).p),
    overRequests('Mann-Whitney over all requests', (x, y) => mannWhitney(x, y).p),
    {
      name: 't over pairs after every pair, at 5 % each time',
      pairs: `${range.min} to ${range.max}`,
      says: (blocks) => {
        const values = blocks.map(({ baseline, candidate }) => Math.log(mean(candidate) / mean(baseline)));
        for (let n = range.min; n <= values.length; n += 1) {
          const { p, estimate } = trimmedT(values.slice(0, n), 0, 0.95);
          if (p < 0.05) return estimate < 0 ? 'faster' : 'slower';
        }
        return 'same';
      },
    },
  ];
}

/** Mean latency: Dyno and the usual methods. */
function comparison(mode: Mode): string[] {
  const primary: MetricName = 'latency.mean';
  const noise = noiseOf[mode];
  const found = new Map<string, number[]>();
  let pairs = '';
  for (const [place, effect] of effects.entries()) {
    const change = { [primary]: Math.log1p(-effect) };
    const own = simulate({ noise, effects: change, primary, range, runs, seed });
    pairs += `${place > 0 ? ' / ' : ''}${mean(own.blocks).toFixed(1)}`;
    add(found, 'Dyno', effect === 0 ? own.verdicts.improved + own.verdicts.regressed : own.verdicts.improved);
    for (const [name, hits] of naiveHits(mode, change, effect)) add(found, name, hits);
  }
  const rows = [...found].map(([name, hits]) => {
    const method = methods().find((one) => keyOf(one) === name);
    const cells = hits.map((hit) => shareWithInterval(hit, runs));
    return `| ${method?.name ?? 'Dyno: trimmed t after every pair, corrected'} | ${method?.pairs ?? pairs} | ${cells.join(' | ')} |`;
  });
  return [
    `## Mean latency, ${mode} mode (pairs of identical variants scatter by ${percent(noise.spread[primary] ?? 0)})`,
    [
      `| method | pairs${' '}(Dyno: mean at 0 / 2 / 5 / 10 %) | called different | 2 % found | 5 % found | 10 % found |`,
      '|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
  ];
}

function naiveHits(
  mode: Mode,
  change: Partial<Record<MetricName, number>>,
  effect: number,
): Map<string, number> {
  const hits = new Map(methods().map((method) => [keyOf(method), 0]));
  for (let run = 0; run < runs; run += 1) {
    const next = simulatedBlocks(noiseOf[mode], change, seed + run);
    const normal = gaussian(randomOf(seed + runs + run));
    const blocks = Array.from({ length: range.max }, next).map((block, index) =>
      latenciesOf(block, normal, index < naivePairs ? requestsOfRound : 1),
    );
    for (const method of methods()) {
      const said = method.says(blocks);
      const hit = effect === 0 ? said !== 'same' : said === 'faster';
      if (hit) hits.set(keyOf(method), (hits.get(keyOf(method)) ?? 0) + 1);
    }
  }
  return hits;
}

/** Beyond the pairs whose requests anybody asks for, the level of the round stands for all of them. */
function latenciesOf(block: BlockRows, normal: () => number, requests: number): LatencyBlock {
  const around = (level: number) =>
    requests === 1
      ? Float64Array.of(level)
      : Float64Array.from(
          { length: requests },
          () => level * Math.exp(requestSpread * normal() - requestSpread ** 2 / 2),
        );
  return {
    baseline: around(block.baseline.values['latency.mean'] ?? 1),
    candidate: around(block.candidate.values['latency.mean'] ?? 1),
  };
}

/** Every metric by Dyno's method alone. */
function metricTables(): string[] {
  return (['fine', 'isolated'] as const).flatMap((mode) => {
    const noise = noiseOf[mode];
    const rows = (Object.keys(noise.spread) as MetricName[]).map((primary) => {
      const results = effects.map((effect) =>
        simulate({
          noise,
          effects: Object.fromEntries(Object.keys(noise.spread).map((name) => [name, Math.log1p(-effect)])),
          primary,
          range,
          runs,
          seed,
        }),
      );
      const [none, ...changed] = results;
      if (!none) return '';
      const alarms = shareWithInterval(none.verdicts.improved + none.verdicts.regressed, runs);
      const overall = shareWithInterval(
        none.overall.improved + none.overall.regressed + none.overall.mixed,
        runs,
      );
      const covered = percent(Math.min(...results.map((result) => result.covered / runs)));
      const found = changed.map(
        (result) => `${percent(result.verdicts.improved / runs)}, ${mean(result.blocks).toFixed(1)} pairs`,
      );
      return `| ${metricCatalogue[primary].title} | ${percent(noise.spread[primary] ?? 0)} | ${alarms} | ${overall} | ${percent(none.verdicts.equivalent / runs)}, ${mean(none.blocks).toFixed(1)} pairs | ${found.join(' | ')} | ${covered} |`;
    });
    return [
      `## Each metric as the primary one, ${mode} mode, 4 to 20 pairs`,
      [
        '| primary metric | spread of a pair | called different | overall verdict not "equivalent" or "inconclusive" | same: equivalent within 3 % | 2 % found | 5 % found | 10 % found | interval covers, at least |',
        '|---|---|---|---|---|---|---|---|---|',
        ...rows,
      ].join('\n'),
    ];
  });
}

/** Runs that were measured. */
async function realRuns(): Promise<string[]> {
  const rows: string[] = [];
  const different = new Map<string, number[]>();
  const measured: { mode: Mode; blocks: readonly BlockRows[] }[] = [];
  for (const folder of folders) {
    const plan = planFileSchema.parse(JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')));
    const metrics = roundMetricsSchema.parse(JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')));
    const blocks = blockRows(plan, metrics.rounds);
    const said = new Map<string, Says>([['Dyno', dynoSays(plan, blocks)]]);
    const latencies = await measuredLatencies(folder, plan, blocks);
    for (const method of methods()) said.set(keyOf(method), method.says(latencies));
    for (const [name, word] of said) if (word !== 'same') add(different, name, 1);
    const spreads = spreadsOf(folder, plan, blocks);
    measured.push({ mode: plan.mode, blocks });
    rows.push(
      `| ${plan.runId} | ${plan.mode} | ${blocks.length} | ${spreads.join(' | ')} | ${[...said.values()].join(' | ')} |`,
    );
  }
  const names = ['Dyno', ...methods().map((method) => `${method.name} (${method.pairs})`)];
  const heading = flags.same ? 'Runs of identical variants' : 'Runs';
  const calls = flags.same
    ? [
        `Called different: ${['Dyno', ...methods().map(keyOf)].map((key, index) => `${names[index]} ${(different.get(key) ?? []).length} of ${folders.length}`).join('; ')}.`,
      ]
    : [];
  return [
    `## ${heading}: what each method says of mean latency`,
    [
      `| run | mode | pairs | spread of p50 | of p95 | of CPU per request | the same without what the sentinel explains | ${names.join(' | ')} |`,
      `|---|---|---|---|---|---|---|${names.map(() => '---').join('|')}|`,
      ...rows,
    ].join('\n'),
    ...calls,
    ...(flags.same ? [noiseTable(measured)] : []),
  ];
}

/** What the noise model of the simulations is made from. */
function noiseTable(runs: readonly { mode: Mode; blocks: readonly BlockRows[] }[]): string {
  const rows = [...Map.groupBy(runs, ({ mode }) => mode)].flatMap(([mode, ofMode]) =>
    metricNames.flatMap((name) => {
      const logs = ofMode.flatMap(({ blocks }) => logRatiosOf(name, blocks).map(({ log }) => log));
      if (logs.length < 4) return [];
      const centre = median(logs);
      const deviations = median(logs.map((log) => Math.abs(log - centre)));
      const average = mean(logs);
      const moment = (power: number) => mean(logs.map((log) => (log - average) ** power));
      const excess = (moment(4) / moment(2) ** 2 - 3).toFixed(1);
      const spreads = [1.4826 * deviations, Math.sqrt(moment(2))].map(percent).join(' | ');
      return [`| ${mode} | ${name} | ${logs.length} | ${spreads} | ${excess} |`];
    }),
  );
  return [
    '| mode | metric | pairs | 1.48 times the median absolute deviation | standard deviation | excess kurtosis |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function logRatiosOf(name: MetricName, blocks: readonly BlockRows[]) {
  return blocks.flatMap(({ baseline, candidate }) => {
    const before = baseline.values[name];
    const after = candidate.values[name];
    return before && after ? [{ baseline, candidate, log: Math.log(after / before) }] : [];
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[Math.floor(index)] ?? Number.NaN;
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2;
}

function dynoSays(
  plan: Parameters<typeof judge>[0],
  blocks: readonly BlockRows[],
): 'faster' | 'slower' | 'same' {
  const verdict = judge(plan, blocks).find(({ name }) => name === 'latency.mean')?.verdict;
  return verdict === 'improved' ? 'faster' : verdict === 'regressed' ? 'slower' : 'same';
}

/** Of a pair's log ratio; the last one with the machine's speed before each round taken out at a slope of 1, fixed beforehand: twice as slow a machine takes twice the CPU time. */
function spreadsOf(folder: string, plan: PlanFile, blocks: readonly BlockRows[]): string[] {
  const speeds = new Map(
    roundsOf(folder, plan).map(({ round, sentinel }) => [round, sentinel?.cpuMs ?? null]),
  );
  const ratios = (name: MetricName) =>
    logRatiosOf(name, blocks).map(({ baseline, candidate, log }) => {
      const speed = (speeds.get(candidate.round) ?? 1) / (speeds.get(baseline.round) ?? 1);
      return { log, speed: Math.log(speed) };
    });
  const spread = (values: number[]) => {
    const found = spreadOf(values);
    return found === null ? '' : percent(found);
  };
  const cpu = ratios('cpu.perRequest');
  return [
    spread(ratios('latency.p50').map(({ log }) => log)),
    spread(ratios('latency.p95').map(({ log }) => log)),
    spread(cpu.map(({ log }) => log)),
    spread(cpu.map(({ log, speed }) => log - speed)),
  ];
}

function roundsOf(folder: string, plan: PlanFile) {
  const lines = readFileSync(join(folder, 'rounds.ndjson'), 'utf8').trim().split('\n');
  return countingRounds(
    plan,
    lines.map((line) => roundSchema.parse(JSON.parse(line))),
  );
}

async function measuredLatencies(
  folder: string,
  plan: PlanFile,
  blocks: readonly BlockRows[],
): Promise<LatencyBlock[]> {
  const rounds = roundsOf(folder, plan);
  const db = await duckdb(resolve(folder));
  const read = async (number: number) => {
    const file = rounds.find(({ round }) => round === number)?.samples.file ?? '';
    const rows = await db.runAndReadAll(
      `select duration_ms from read_parquet(${quoted(resolve(folder, file))}) where in_window`,
    );
    return Float64Array.from(rows.getColumns()[0] ?? [], Number);
  };
  const latencies: LatencyBlock[] = [];
  for (const { baseline, candidate } of blocks) {
    latencies.push({ baseline: await read(baseline.round), candidate: await read(candidate.round) });
  }
  return latencies;
}

function keyOf({ name, pairs }: Method): string {
  return `${name}, ${plural(Number(pairs) || 0, 'pair')}`;
}

function add(lists: Map<string, number[]>, name: string, hits: number): void {
  lists.set(name, [...(lists.get(name) ?? []), hits]);
}

function direction(baseline: Float64Array, candidate: Float64Array): 'faster' | 'slower' {
  return mean(candidate) < mean(baseline) ? 'faster' : 'slower';
}

function joined(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0;
  return sum / values.length;
}

/** "4.9 % [4.5, 5.3]". */
function shareWithInterval(hits: number, of: number): string {
  const { low, high } = wilson({ cases: hits, of }, 0.95);
  return `${percent(hits / of)} [${digits(low * 100)}, ${digits(high * 100)}]`;
}
