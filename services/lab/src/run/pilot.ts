import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Experiment, Variant } from '@dyno/contracts/experiment';
import type { MetricName } from '@dyno/contracts/metrics';
import type { Mode, Pilot, Round } from '@dyno/contracts/run';
import { firstLine, percent } from '../format.ts';
import { duckdb, quoted } from '../samples/duckdb.ts';
import { convertSamples } from '../samples/parquet.ts';
import { sharedCpuMax } from '../statistics/guardsOfMode.ts';
import { removeSamples } from './k6.ts';
import { type MeasuredRound, measureTogether, type RoundContext } from './round.ts';

/** As short as can be: with start and stop it takes some seven seconds. */
const warmupSeconds = 2;
const windowSeconds = 3;
/** Variants farther apart than that slow each other down unevenly: the faster one waits behind the slower one. */
const apartMax = 0.2;
/** CPU per request is not held up by the other variant, and in the first seconds of a service (compiling) it scatters by a third. */
const cpuApartMax = 0.5;
/** Above it requests wait for each other, and a difference is diluted by what both have to wait for. */
const utilizationMax = 0.6;
/** Where CPU per request is not asked for: most of the work is done in parts that both variants use at once. */
const sharedWorkMax = 0.5;

/** What the pilot saw, or in words why it saw nothing. */
export type PilotResult = { kind: 'seen'; pilot: Pilot } | { kind: 'lost'; why: string };

/** Both variants alive for some seconds under the experiment's load, to choose the mode by. */
export async function fly(
  context: RoundContext,
  variants: readonly [Variant, Variant],
  logFolder: string,
): Promise<PilotResult> {
  const spec = (variant: Variant) => ({
    round: 0,
    variant,
    csvFile: `${logFolder}/pilot-${variant.name}.csv`,
    logFolder,
  });
  const plan = { ...context.plan, plan: { ...context.plan.plan, warmupSeconds, windowSeconds } };
  const measured = await measureTogether({ ...context, plan }, [spec(variants[0]), spec(variants[1])]);
  try {
    const [baseline, candidate] = measured;
    if (!baseline || !candidate) return { kind: 'lost', why: 'it measured nothing' };
    if (baseline.excluded) return { kind: 'lost', why: firstLine(baseline.excluded.detail) };
    return { kind: 'seen', pilot: await compare(baseline, candidate, logFolder) };
  } finally {
    for (const { source } of measured) await removeSamples(source.csvFile);
  }
}

async function compare(baseline: MeasuredRound, candidate: MeasuredRound, folder: string): Promise<Pilot> {
  const before = await look(baseline, `${folder}/pilot-baseline.parquet`);
  const after = await look(candidate, `${folder}/pilot-candidate.parquet`);
  const { machine, window, usage } = baseline;
  const seconds = window.durationMs / 1000;
  const shared = sum(baseline.shared);
  const own = (before.cpuSeconds ?? 0) + (after.cpuSeconds ?? 0);
  const instruments = sum(usage.filter(({ process }) => process !== 'service'));
  return {
    seconds,
    // What else runs is no reason against fine mode: it disturbs isolated rounds far more.
    utilization: (own + shared + instruments) / (machine.cores * seconds),
    latencyRatio: ratioOf(after.medianMs, before.medianMs),
    cpuRatio: ratioOf(perRequest(after), perRequest(before)),
    sharedCpu: own + shared > 0 ? shared / (own + shared) : 0,
    requestsPerSecond: (before.requests + after.requests) / seconds,
  };
}

export interface Look {
  requests: number;
  medianMs: number | null;
  /** Null where the service is not ours. */
  cpuSeconds: number | null;
}

/** The few figures of a round that is not kept. */
export async function look({ source, window, usage }: MeasuredRound, parquetFile: string): Promise<Look> {
  const reading = { damaged: false, ...(source.variant === undefined ? {} : { variant: source.variant }) };
  try {
    const { requests } = await convertSamples(source.csvFile, parquetFile, window, reading);
    const db = await duckdb(dirname(parquetFile));
    const result = await db.runAndReadAll(
      `select median(duration_ms)::double from read_parquet(${quoted(parquetFile)}) where in_window`,
    );
    const middle = result.getRowsJS()[0]?.[0];
    const service = usage.find(({ process }) => process === 'service');
    return {
      requests,
      medianMs: typeof middle === 'number' ? middle : null,
      cpuSeconds: service?.cpuSeconds ?? null,
    };
  } finally {
    await rm(parquetFile, { force: true });
  }
}

export function perRequest({ cpuSeconds, requests }: Look): number | null {
  return cpuSeconds === null || requests === 0 ? null : cpuSeconds / requests;
}

export function ratioOf(candidate: number | null, baseline: number | null): number | null {
  return candidate === null || baseline === null || candidate <= 0 || baseline <= 0
    ? null
    : candidate / baseline;
}

function sum(usage: Round['usage']): number {
  return usage.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0);
}

/** What of an experiment says whether CPU per request decides. */
interface Asked {
  primary: MetricName;
  gated: readonly MetricName[];
  thresholds: readonly string[];
  load?: Pick<Experiment['load'], 'requests'>;
}

/** Fine mode needs fewer rounds by far; isolated mode is for what fine mode would bend. */
export function chooseMode(result: PilotResult, asked: Asked): { mode: Mode; modeReason: string } {
  if (result.kind === 'lost') return isolated(`the pilot did not come to its end (${result.why})`);
  const { utilization, latencyRatio, cpuRatio, sharedCpu } = result.pilot;
  if (latencyRatio === null) return isolated('in the pilot one variant answered nothing');
  const isFull = utilization > utilizationMax;
  if (isApart(latencyRatio, apartMax) || (cpuRatio !== null && isApart(cpuRatio, cpuApartMax))) {
    return isolated(
      `in the pilot the variants were far apart (${apart('median latency', latencyRatio)}${cpuRatio === null ? '' : `, ${apart('CPU per request', cpuRatio)}`}), so that the slower one would hold up the faster one${isFull ? gentler(result.pilot, asked) : ''}`,
    );
  }
  if (isFull) {
    return isolated(
      `in the pilot the load kept ${percent(utilization)} of the machine busy: with both variants alive their requests would wait for each other${gentler(result.pilot, asked)}`,
    );
  }
  const share = `${percent(sharedCpu)} of the CPU went to database and cache, where nobody can tell for which variant`;
  if (sharedCpu > sharedWorkMax) return isolated(`in the pilot ${share}`);
  if (sharedCpu > sharedCpuMax && asksCpuPerRequest(asked)) {
    return isolated(
      `in the pilot ${share}: CPU per request, which decides here, would leave out that part (above ${percent(sharedCpuMax)} that is too much)`,
    );
  }
  return {
    mode: 'fine',
    modeReason: `in the pilot the variants were close (${apart('median latency', latencyRatio)}) and the load kept ${percent(utilization)} of the machine busy; the load is the experiment's, shared between both`,
  };
}

/** A share of the machine that leaves room for a moment with more to do. */
const utilizationAimed = 0.4;

/** Users who never pause fill any machine; at a fixed rate there is room, and a small change is found in fewer rounds. */
function gentler({ utilization, requestsPerSecond = 0 }: Pilot, { load }: Asked): string {
  const rate = Number(((requestsPerSecond * utilizationAimed) / utilization).toPrecision(1));
  if (load?.requests === undefined || rate < 1) return '';
  return ` (about --rate ${rate} would leave room for both, and finds a small change sooner)`;
}

function asksCpuPerRequest({ primary, gated, thresholds }: Asked): boolean {
  // A goal for CPU that is relative is about CPU per request; an absolute one has made the run isolated before.
  return (
    primary === 'cpu.perRequest' ||
    gated.includes('cpu.perRequest') ||
    thresholds.some((text) => text.startsWith('cpu'))
  );
}

function isolated(modeReason: string): { mode: Mode; modeReason: string } {
  return { mode: 'isolated', modeReason };
}

function isApart(value: number, most: number): boolean {
  return Math.abs(Math.log(value)) > Math.log(1 + most);
}

function apart(what: string, value: number): string {
  if (value >= 2 || value <= 0.5) return `${what} × ${value.toPrecision(2)}`;
  const change = (value - 1) * 100;
  return `${what} ${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(0)} %`;
}
