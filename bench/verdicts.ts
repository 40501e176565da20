/**
 * How soon and how often a run is right: repeats an experiment whose truth is known and prints the table of it.
 *   npm run bench:verdicts -- --experiment knownCost --candidate plus-5 --expect regressed --runs 10
 * Every run is appended to bench/verdicts.ndjson when it has ended; the same call goes on where it was stopped.
 * With --runs 0 it prints the table of what is there.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reportSchema } from '@dyno/contracts/report';
import { type PlanFile, planFileSchema, type RoundMetrics, roundMetricsSchema } from '@dyno/contracts/run';
import { z } from 'zod';
import { NdjsonLog } from '../services/lab/src/run/durable.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { pairsNeeded } from '../services/lab/src/statistics/power.ts';

const expectations = ['equivalent', 'regressed', 'improved'] as const;
const metricsShown = ['cpu.perRequest', 'latency.p50', 'latency.mean', 'latency.p95', 'latency.p99'] as const;
/** What people do without a tool: two averages that differ by more than this are called different. */
const naiveLimit = 0.05;

const entrySchema = z.strictObject({
  at: z.string(),
  /** What belongs into one row of the table. */
  row: z.string(),
  expect: z.enum(expectations),
  runId: z.string(),
  commit: z.string(),
  /** Of one minute, before the run: others on the machine widen every interval. */
  loadBefore: z.number(),
  mode: z.string(),
  blocks: z.number(),
  /** From the run's creation to the end of its last window, pilot and stack included. */
  seconds: z.number(),
  overall: z.string(),
  metrics: z.record(
    z.string(),
    z.strictObject({
      verdict: z.string(),
      changePercent: z.number().nullable(),
      /** Standard deviation of the log ratio of a pair, in percent. */
      spreadPercent: z.number().nullable(),
      /** Two averages and the rule of 5 %: of the first block, and of all blocks. */
      naiveFirst: z.string(),
      naiveAll: z.string(),
    }),
  ),
});
type Entry = z.infer<typeof entrySchema>;
type Expectation = Entry['expect'];

const { values: flags } = parseArgs({
  options: {
    experiment: { type: 'string' },
    candidate: { type: 'string' },
    plan: { type: 'string' },
    mode: { type: 'string', default: 'auto' },
    expect: { type: 'string', default: 'equivalent' },
    runs: { type: 'string', default: '1' },
    blocks: { type: 'string' },
    warmup: { type: 'string' },
    duration: { type: 'string' },
    rate: { type: 'string' },
    primary: { type: 'string' },
    margin: { type: 'string' },
    /** Told apart from other rows of the same experiment, for example a plan that is tried. */
    label: { type: 'string', default: '' },
    file: { type: 'string', default: join(import.meta.dirname, 'verdicts.ndjson') },
  },
});

const expect = expectations.find((known) => known === flags.expect);
if (!expect) throw new Error(`--expect ${flags.expect}: ${expectations.join(', ')}`);
const settings = readSettings();

const runs = Number(flags.runs);
const row = rowName();
while (runs > 0 && entries().filter((one) => one.row === row).length < runs) {
  appendFileSync(flags.file, `${JSON.stringify(await measure(row, expect))}\n`);
  console.log(`${row}: ${entries().filter((one) => one.row === row).length} of ${runs}`);
}
printTable(entries());

function rowName(): string {
  const {
    experiment = '',
    candidate,
    plan,
    mode,
    blocks,
    warmup,
    duration,
    rate,
    primary,
    margin,
    label,
  } = flags;
  const changes = [
    blocks && `blocks ${blocks}`,
    warmup && `warm-up ${warmup} s`,
    duration && `window ${duration} s`,
  ];
  return [
    experiment,
    candidate,
    plan,
    mode,
    ...changes,
    rate && `${rate}/s`,
    primary,
    margin && `margin ${margin} %`,
    label,
  ]
    .filter(Boolean)
    .join(' ');
}

async function measure(row: string, expect: Expectation): Promise<Entry> {
  const loadBefore = loadavg()[0] ?? 0;
  const given = [
    'candidate',
    'plan',
    'mode',
    'blocks',
    'warmup',
    'duration',
    'rate',
    'primary',
    'margin',
  ] as const;
  const options = given.flatMap((name) => (flags[name] === undefined ? [] : [`--${name}`, flags[name]]));
  const cli = resolve(import.meta.dirname, '../services/lab/src/cli.ts');
  const args = [cli, 'run', flags.experiment ?? '', ...options, '--json', '--quiet', '--wait'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  // Any verdict is an answer: passed, failed, uncertain. Else the tool, not the verdict, has failed.
  if (![0, 1, 3, 4].includes(status ?? -1) || stdout.trim() === '') {
    throw new Error(`dyno run ended with ${status}: ${stderr}`);
  }
  const report = reportSchema.parse(JSON.parse(stdout));
  const folder = join(settings.results, report.runId);
  const plan = planFileSchema.parse(readJson(join(folder, 'plan.json')));
  const metrics = roundMetricsSchema.parse(readJson(join(folder, 'metrics.json')));
  const rows = await NdjsonLog.read(join(folder, 'rounds.ndjson'));
  const windows = z.array(z.looseObject({ window: z.object({ endMs: z.number() }) })).parse(rows);
  const endMs = Math.max(...windows.map(({ window }) => window.endMs));
  return entrySchema.parse({
    at: plan.createdAt,
    row,
    expect,
    runId: report.runId,
    commit: git(),
    loadBefore,
    mode: plan.mode,
    blocks: report.blocks,
    seconds: (endMs - Date.parse(plan.createdAt)) / 1000,
    overall: report.verdict,
    metrics: Object.fromEntries(
      metricsShown.map((name) => {
        const result = report.metrics.find((one) => one.name === name);
        return [
          name,
          {
            verdict: result?.verdict ?? 'none',
            changePercent: result?.ratio ? (result.ratio.estimate - 1) * 100 : null,
            ...pairFigures(plan, metrics, name),
          },
        ];
      }),
    ),
  });
}

/** From the one value per round and metric. */
function pairFigures(plan: PlanFile, { rounds }: RoundMetrics, metric: string) {
  const valuesOf = (variant: string) =>
    rounds.filter((round) => round.variant === variant).map(({ values }) => values[metric] ?? Number.NaN);
  const before = valuesOf(plan.experiment.baseline.name);
  const after = valuesOf(plan.experiment.candidates[0]?.name ?? '');
  const logs = after
    .map((value, index) => Math.log(value / (before[index] ?? Number.NaN)))
    .filter(Number.isFinite);
  return {
    spreadPercent: logs.length < 2 ? null : deviation(logs) * 100,
    naiveFirst: naive(before.slice(0, 1), after.slice(0, 1)),
    naiveAll: naive(before, after),
  };
}

function naive(before: number[], after: number[]): string {
  const change = mean(after) / mean(before) - 1;
  if (Math.abs(change) <= naiveLimit) return 'equivalent';
  return change > 0 ? 'regressed' : 'improved';
}

function printTable(all: Entry[]): void {
  for (const [row, own] of Map.groupBy(all, (one) => one.row)) {
    const expected = own[0]?.expect ?? 'equivalent';
    const seconds = own.map((one) => one.seconds);
    const valid = own.filter((one) => one.overall !== 'invalid').length;
    console.log(
      `\n${row}: ${own.length} runs, ${valid} valid, expected ${expected}; time to verdict median ${median(seconds).toFixed(0)} s, most ${Math.max(...seconds).toFixed(0)} s; blocks median ${median(own.map(({ blocks }) => blocks))}; load before ${median(own.map(({ loadBefore }) => loadBefore)).toFixed(1)}`,
    );
    console.log('  metric           right  wrong  open   change    s_d      naive, 1 block   naive, all');
    for (const metric of metricsShown) console.log(`  ${line(own, metric, expected)}`);
    if (expected === 'equivalent') printNeeded(own);
  }
}

/** With the spread of identical variants: pairs, and their time, that see a change in 80 % of runs at 95 % with one look behind all. */
function printNeeded(own: Entry[]): void {
  const secondsPerBlock = median(own.map(({ seconds, blocks }) => seconds / blocks));
  const changes = [2, 5, 10];
  console.log(
    `  it takes, at ${secondsPerBlock.toFixed(0)} s a pair   ${changes.map((change) => `${change} %`.padStart(22)).join('')}`,
  );
  for (const metric of metricsShown) {
    const spread = median(own.flatMap(({ metrics }) => metrics[metric]?.spreadPercent ?? [])) / 100;
    const cells = changes.map((change) => {
      const pairs = Math.ceil(pairsNeeded(Math.log1p(change / 100) / spread));
      return `${pairs} pairs, ${((pairs * secondsPerBlock) / 60).toFixed(1)} min`.padStart(22);
    });
    console.log(`  ${metric.padEnd(30)}${cells.join('')}`);
  }
}

/** Right: the expected verdict. Wrong: a difference that is not there, or the other way round. Open: anything else, and every run that a guard made invalid. */
function line(own: Entry[], metric: string, expected: Expectation): string {
  const of = own.flatMap((one) => one.metrics[metric] ?? []);
  const count = (verdicts: string[], wanted: (verdict: string) => boolean) => verdicts.filter(wanted).length;
  const verdicts = own.flatMap(({ overall, metrics }) =>
    overall === 'invalid' ? overall : (metrics[metric]?.verdict ?? []),
  );
  const right = (verdict: string) => verdict === expected;
  const wrong = (verdict: string) => verdict !== expected && ['improved', 'regressed'].includes(verdict);
  const cells = [
    metric.padEnd(15),
    `${count(verdicts, right)}/${of.length}`.padStart(6),
    String(count(verdicts, wrong)).padStart(6),
    String(of.length - count(verdicts, right) - count(verdicts, wrong)).padStart(5),
    `${median(of.flatMap(({ changePercent }) => changePercent ?? [])).toFixed(1)} %`.padStart(9),
    `${median(of.flatMap(({ spreadPercent }) => spreadPercent ?? [])).toFixed(1)} %`.padStart(8),
    ...(['naiveFirst', 'naiveAll'] as const).map((name) => {
      const naives = of.map((one) => one[name]);
      return `${count(naives, right)}/${of.length}, wrong ${count(naives, wrong)}`.padStart(16);
    }),
  ];
  return cells.join(' ');
}

function entries(): Entry[] {
  if (!existsSync(flags.file)) return [];
  const lines = readFileSync(flags.file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => entrySchema.parse(JSON.parse(line)));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function git(): string {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  return stdout.trim();
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (
    ((sorted[Math.floor(sorted.length / 2)] ?? 0) + (sorted[Math.floor((sorted.length - 1) / 2)] ?? 0)) / 2
  );
}
