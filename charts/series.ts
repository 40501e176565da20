import type { Round, TimelineFile } from '@dyno/contracts/run';
import { logDomain } from './scale.ts';

export type Side = 'baseline' | 'candidate';

/** One moment on the shared time axis; a key is absent where nothing was measured, so that a gap stays a gap. */
export interface TimeRow {
  /** Seconds since the first warm-up of the run. */
  x: number;
  [key: string]: number | null;
}

export interface RoundBand {
  round: number;
  block: number;
  side: Side;
  fromSeconds: number;
  /** Where the warm-up ends and the window begins. */
  windowSeconds: number;
  toSeconds: number;
  excluded: string | null;
  /** Iterations that k6 could not start in time; null where nobody counted. */
  dropped: number | null;
}

export interface OverTime {
  rows: TimeRow[];
  bands: RoundBand[];
  /** Fine mode: both variants were measured at once. */
  isOverlapping: boolean;
  /** In the fixed order of the stack, bottom first. */
  processes: string[];
  bucketSeconds: number;
  latencyDomain: [number, number];
  /** Requests of the whole run: a zoom must not take a panel away. */
  failed: number;
  machineCores: number | null;
}

export interface PercentilePoint {
  /** -log10(1 - quantile): 90, 99 and 99.9 % are equally far apart. */
  x: number;
  quantile: number;
  baseline: number | null;
  candidate: number | null;
  /** Intervals over rounds; null below two of them. */
  baselineBand: [number, number] | null;
  candidateBand: [number, number] | null;
  /** Candidate over baseline, its interval from those of both. */
  ratio: { estimate: number; low: number | null; high: number | null } | null;
}

/** One bin of the distribution; shares are of all requests of a variant. */
export interface DistributionBin {
  fromMs: number;
  toMs: number;
  baseline: number;
  candidate: number;
}

/** Requests of a variant's windows, and how many of them failed. */
export interface Failures {
  failed: number;
  requests: number;
}

/** What the time axis needs of a round. */
type TimedRound = Pick<Round, 'round' | 'block' | 'variant' | 'window' | 'machine' | 'excluded' | 'load'>;

/** Between two rounds whose place in time is not known. */
const pauseSeconds = 2;
/** About one point for each pixel of the widest chart. */
const rowsMax = 600;
const processOrder = ['service', 'mysql', 'redis', 'memcached', 'nginx', 'jaeger', 'prometheus', 'k6'];

/**
 * What the charts over time draw, all on the same rows, so that one cross-hair fits all of them. A part of the time axis, in
 * seconds, gets rows of its own, as fine as there are.
 */
export function overTime(
  whole: TimelineFile,
  rounds: TimedRound[],
  names: { baseline: string; candidate: string },
  part: readonly [number, number] | null = null,
): OverTime | null {
  const timeline = withinWindows(whole, rounds);
  const bands = bandsOf(timeline, rounds, (variant) => sideOf(variant, names));
  if (bands.length === 0) return null;
  const processes = [...new Set(timeline.cpu.map((point) => point.process))].sort(byOrder);
  const isOverlapping = overlap(bands);
  const [from, to] = part ?? [0, Infinity];
  const seconds = bands.reduce(
    (sum, band) => sum + Math.max(0, Math.min(band.toSeconds, to) - Math.max(band.fromSeconds, from)),
    0,
  );
  const bucketSeconds = Math.max(1, Math.ceil(seconds / (isOverlapping ? 2 : 1) / rowsMax));
  // One bucket more at both ends: a line leaves the picture, it does not end before it.
  const isWithin = ({ x }: TimeRow) => x >= from - bucketSeconds && x <= to + bucketSeconds;
  const rows = merged(
    bands.flatMap((band) => rowsOfRound(band, timeline, bucketSeconds, isOverlapping)),
  ).filter(isWithin);
  const measured = (match: (key: string) => boolean): number[] =>
    rows.flatMap((row) =>
      Object.entries(row).flatMap(([key, value]) => (match(key) && value !== null ? [value] : [])),
    );
  const latencies = measured((key) => /P(5|50|95)$/.test(key));
  return {
    rows,
    bands,
    isOverlapping,
    processes,
    bucketSeconds,
    latencyDomain: logDomain(latencies),
    failed: rows.reduce((sum, row) => sum + (row.baselineFailed ?? 0) + (row.candidateFailed ?? 0), 0),
    machineCores: rounds[0]?.machine.cores ?? null,
  };
}

/** Without the torn second behind a window, in which the load ended: it would be drawn as a drop. */
function withinWindows(timeline: TimelineFile, rounds: TimedRound[]): TimelineFile {
  const seconds = new Map(rounds.map(({ round, window }) => [round, Math.round(window.durationMs / 1000)]));
  const isWithin = (point: { round: number; second: number }) =>
    point.second < (seconds.get(point.round) ?? Infinity);
  return { ...timeline, latency: timeline.latency.filter(isWithin), cpu: timeline.cpu.filter(isWithin) };
}

/** Up to where ten requests lie beyond: further out a curve would be drawn from single requests. */
const requestsBeyondMin = 10;
/** As in `timeline.json`. */
const binsPerDecade = 40;

export function percentileCurve(
  timeline: TimelineFile,
  rounds: Pick<Round, 'variant' | 'excluded' | 'load'>[],
  names: { baseline: string; candidate: string },
): PercentilePoint[] {
  const counted = Map.groupBy(
    rounds.filter((round) => round.excluded === null),
    (round) => round.variant,
  );
  const points = new Map<number, PercentilePoint>();
  for (const { variant, quantile, ms, low, high } of timeline.percentiles) {
    const side = sideOf(variant, names);
    const requests = counted.get(variant)?.reduce((sum, round) => sum + round.load.requests, 0) ?? Infinity;
    if (quantile >= 1 || ms <= 0 || side === null || (1 - quantile) * requests < requestsBeyondMin) continue;
    const point = points.get(quantile) ?? {
      x: -Math.log10(1 - quantile),
      quantile,
      baseline: null,
      candidate: null,
      baselineBand: null,
      candidateBand: null,
      ratio: null,
    };
    point[side] = ms;
    point[`${side}Band`] = low !== null && high !== null && low > 0 ? [low, high] : null;
    points.set(quantile, point);
  }
  return [...points.values()].sort((a, b) => a.x - b.x).map((point) => ({ ...point, ratio: ratioAt(point) }));
}

/** Both intervals are even on the logarithm, and of rounds that were measured apart: their squares add up. */
function ratioAt({
  baseline,
  candidate,
  baselineBand,
  candidateBand,
}: PercentilePoint): PercentilePoint['ratio'] {
  if (baseline === null || candidate === null) return null;
  const estimate = candidate / baseline;
  if (!baselineBand || !candidateBand) return { estimate, low: null, high: null };
  const reach = Math.hypot(...[baselineBand, candidateBand].map(([low, high]) => Math.log(high / low) / 2));
  return { estimate, low: estimate * Math.exp(-reach), high: estimate * Math.exp(reach) };
}

/** Bins of both variants side by side, the empty ones between them included. */
export function distribution(
  timeline: TimelineFile,
  names: { baseline: string; candidate: string },
): DistributionBin[] {
  const bins = new Map<number, DistributionBin>();
  const placeOf = (fromMs: number): number => Math.round(Math.log10(fromMs) * binsPerDecade);
  for (const side of ['baseline', 'candidate'] as const) {
    const own = timeline.distribution.filter(({ variant }) => variant === names[side]);
    const total = own.reduce((sum, { requests }) => sum + requests, 0);
    for (const { fromMs, toMs, requests } of own) {
      const bin = bins.get(placeOf(fromMs)) ?? { fromMs, toMs, baseline: 0, candidate: 0 };
      bin[side] += requests / total;
      bins.set(placeOf(fromMs), bin);
    }
  }
  const places = [...bins.keys()].sort((a, b) => a - b);
  const [first = 0, last = -1] = [places[0], places.at(-1)];
  return Array.from(
    { length: last - first + 1 },
    (_, index) =>
      bins.get(first + index) ?? {
        fromMs: 10 ** ((first + index) / binsPerDecade),
        toMs: 10 ** ((first + index + 1) / binsPerDecade),
        baseline: 0,
        candidate: 0,
      },
  );
}

/** Over the rounds that count. */
export function failures(
  rounds: Pick<Round, 'variant' | 'excluded' | 'load'>[],
  names: { baseline: string; candidate: string },
): { baseline: Failures; candidate: Failures } {
  const of = (variant: string): Failures =>
    rounds
      .filter((round) => round.variant === variant && round.excluded === null)
      .reduce(
        (sum, { load }) => ({ failed: sum.failed + load.failed, requests: sum.requests + load.requests }),
        { failed: 0, requests: 0 },
      );
  return { baseline: of(names.baseline), candidate: of(names.candidate) };
}

function sideOf(variant: string, names: { baseline: string; candidate: string }): Side | null {
  if (variant === names.baseline) return 'baseline';
  return variant === names.candidate ? 'candidate' : null;
}

function bandsOf(
  timeline: TimelineFile,
  rounds: TimedRound[],
  side: (variant: string) => Side | null,
): RoundBand[] {
  const measured = Map.groupBy(timeline.latency, (point) => point.round);
  const known = new Map(rounds.map((round) => [round.round, round]));
  const numbers = new Set([...measured.keys(), ...known.keys()]);
  const bands: RoundBand[] = [];
  let endSeconds = 0;
  let originMs: number | null = null;
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const points = measured.get(number) ?? [];
    const round = known.get(number);
    // The file has no seconds of a round that does not count; its place in time stays visible.
    const [first = round?.excluded ? round : undefined] = points;
    const measuredSide = first ? side(first.variant) : null;
    if (!first || measuredSide === null) continue;
    const [firstSecond, lastSecond] = secondsOf(points, round);
    const startMs = round?.window.startMs ?? null;
    if (originMs === null && startMs !== null) originMs = startMs + firstSecond * 1000;
    // Without its line in rounds.ndjson a round is put behind the one before it.
    const windowSeconds =
      startMs !== null && originMs !== null
        ? Math.round((startMs - originMs) / 1000)
        : endSeconds + (bands.length > 0 ? pauseSeconds : 0) - firstSecond;
    bands.push({
      round: number,
      block: first.block,
      side: measuredSide,
      fromSeconds: windowSeconds + firstSecond,
      windowSeconds,
      toSeconds: windowSeconds + lastSecond + 1,
      excluded: round?.excluded?.detail ?? null,
      dropped: round?.load.droppedIterations ?? null,
    });
    endSeconds = windowSeconds + lastSecond + 1;
  }
  return bands;
}

/** First and last second of a round, from the start of its window. */
function secondsOf(points: { second: number }[], round: TimedRound | undefined): [number, number] {
  if (points.length === 0) return [0, Math.round((round?.window.durationMs ?? 1000) / 1000) - 1];
  return points.reduce(
    ([least, most], { second }) => [Math.min(least, second), Math.max(most, second)],
    [0, 0],
  );
}

/** A round's buckets, and an empty row behind it that breaks every line. */
function rowsOfRound(
  band: RoundBand,
  timeline: TimelineFile,
  bucketSeconds: number,
  isOverlapping: boolean,
): TimeRow[] {
  const bucketOf = (second: number): number => Math.floor(second / bucketSeconds);
  const latency = Map.groupBy(
    timeline.latency.filter((point) => point.round === band.round),
    (point) => bucketOf(point.second),
  );
  const cpu = Map.groupBy(
    timeline.cpu.filter((point) => point.round === band.round),
    (point) => bucketOf(point.second),
  );
  const [first, end] = [band.fromSeconds - band.windowSeconds, band.toSeconds - band.windowSeconds];
  const buckets =
    latency.size === 0
      ? []
      : Array.from(
          { length: bucketOf(end - 1) - bucketOf(first) + 1 },
          (_, index) => bucketOf(first) + index,
        );
  const rows = buckets.map((bucket): TimeRow => {
    // A second in which nothing was answered has no line in the file: its latency is not known, its rate is 0.
    const points = latency.get(bucket) ?? [];
    const seconds = Math.min((bucket + 1) * bucketSeconds, end) - Math.max(bucket * bucketSeconds, first);
    const requests = points.reduce((sum, point) => sum + point.requests, 0);
    const row: TimeRow = {
      x: band.windowSeconds + bucket * bucketSeconds + bucketSeconds / 2,
      [`${band.side}Rate`]: requests / seconds,
      [`${band.side}Failed`]: points.reduce((sum, point) => sum + point.failed, 0),
    };
    const answered = points.filter((point) => point.requests > 0);
    if (answered.length > 0) {
      // The middle of the medians, and the utmost of both ends: a spike must survive the bucket.
      row[`${band.side}P5`] = clockFloor(
        answered.reduce((least, point) => Math.min(least, point.p5Ms), Infinity),
      );
      row[`${band.side}P50`] = clockFloor(middle(answered.map((point) => point.p50Ms)));
      row[`${band.side}P95`] = clockFloor(answered.reduce((most, point) => Math.max(most, point.p95Ms), 0));
    }
    for (const [process, samples] of Map.groupBy(cpu.get(bucket) ?? [], (point) => point.process)) {
      const cores = samples.reduce((sum, sample) => sum + sample.cores, 0) / samples.length;
      // What serves both at once is in the file of each: halves add up to what was used.
      row[`${band.side}Cpu:${process}`] = isOverlapping && process !== 'service' ? cores / 2 : cores;
      row[`${band.side}Rss:${process}`] = samples.reduce(
        (most, sample) => Math.max(most, sample.rssBytes),
        0,
      );
    }
    return row;
  });
  rows.sort((a, b) => a.x - b.x);
  return [...rows, { x: band.toSeconds + 0.01 }];
}

function overlap(bands: RoundBand[]): boolean {
  const [first, second] = bands;
  return first !== undefined && second !== undefined && second.windowSeconds < first.toSeconds;
}

/** One row for each moment, in order: variants that were alive at once meet in it. */
function merged(rows: TimeRow[]): TimeRow[] {
  const byMoment = new Map<number, TimeRow>();
  for (const row of rows) byMoment.set(row.x, { ...byMoment.get(row.x), ...row });
  return [...byMoment.values()].sort((a, b) => a.x - b.x);
}

function byOrder(a: string, b: string): number {
  const rank = (name: string): number => {
    const place = processOrder.indexOf(name);
    return place === -1 ? processOrder.length : place;
  };
  return rank(a) - rank(b) || a.localeCompare(b);
}

/** k6's clock: a logarithmic axis has no place for 0. */
const clockFloor = (ms: number): number => Math.max(ms, 0.01);

function middle(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
