import type { MetricResult } from '@dyno/contracts/report';
import { bytes, count, digits, quantities } from '@dyno/lab/format';
import { percentileName } from './percentileName.ts';
import type { OverTime, PercentilePoint, Side } from './series.ts';

interface Names {
  baseline: string;
  candidate: string;
}

/** Titles that say what is seen, never more than the intervals say. All from the figures that the chart draws. */

const named = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

/** The point at a quantile that people speak of. */
export function pointAt(points: readonly PercentilePoint[], quantile: number): PercentilePoint | null {
  let best: PercentilePoint | null = null;
  for (const point of points)
    if (!best || Math.abs(point.quantile - quantile) < Math.abs(best.quantile - quantile)) best = point;
  return best && Math.abs(best.quantile - quantile) < (1 - quantile) / 5 ? best : null;
}

export const namedPoints = (
  points: readonly PercentilePoint[],
): { quantile: number; point: PercentilePoint }[] =>
  named.flatMap((quantile) => {
    const point = pointAt(points, quantile);
    return point?.ratio ? [{ quantile, point }] : [];
  });

export function percentileTitle(points: readonly PercentilePoint[], names: Names): string {
  const words = {
    less: `${names.candidate} takes less time`,
    more: `${names.candidate} takes more time`,
    open: 'undecided',
  };
  const judged = namedPoints(points).map(({ quantile, point: { ratio } }) => {
    const [low, high] = [ratio?.low ?? 0, ratio?.high ?? Infinity];
    return { quantile, word: high < 1 ? ('less' as const) : low > 1 ? ('more' as const) : ('open' as const) };
  });
  const [first] = judged;
  if (!first) return 'Latency by percentile';
  if (judged.every(({ word }) => word === first.word))
    return first.word === 'open'
      ? 'Compared without pairs, no percentile is decided'
      : `${words[first.word]} at every percentile`;
  const groups: { word: keyof typeof words; quantiles: number[] }[] = [];
  for (const { word, quantile } of judged) {
    const last = groups.at(-1);
    if (last?.word === word) last.quantiles.push(quantile);
    else groups.push({ word, quantiles: [quantile] });
  }
  return groups.map(({ word, quantiles }) => `${words[word]} at ${rangeOf(quantiles)}`).join(', ');
}

function rangeOf(quantiles: number[]): string {
  const [from = 0, to = 0] = [quantiles[0], quantiles.at(-1)];
  return from === to ? percentileName(from) : `${percentileName(from)} to ${percentileName(to)}`;
}

export function distributionTitle(points: readonly PercentilePoint[], names: Names): string {
  const [low, high] = [pointAt(points, 0.25), pointAt(points, 0.75)];
  const said = (['baseline', 'candidate'] as const).flatMap((side) => {
    const [from, to] = [low?.[side], high?.[side]];
    if (typeof from !== 'number' || typeof to !== 'number') return [];
    return [`${names[side]} ${quantities([from, to], 'ms').join(' to ')}`];
  });
  return said.length === 2
    ? `The middle half of the answers took: ${said.join(', ')}`
    : 'How long answers took';
}

export function pairsTitle(metric: Pick<MetricResult, 'pairs' | 'title' | 'better'>, names: Names): string {
  const pairs = metric.pairs.filter(({ baseline, candidate }) => baseline > 0 && candidate > 0);
  const lower = pairs.filter(({ baseline, candidate }) => candidate < baseline).length;
  const [word, many] = lower * 2 >= pairs.length ? ['lower', lower] : ['higher', pairs.length - lower];
  return `In ${many} of ${pairs.length} blocks ${names.candidate} has the ${word} ${metric.title}`;
}

/** Between which values the middle nine tenths of the windows' buckets lie. */
function usual(
  { rows, bands }: OverTime,
  side: Side,
  figureOf: (row: OverTime['rows'][number]) => number | null,
) {
  const own = bands.filter((band) => band.side === side && band.excluded === null);
  const values = rows
    .filter(({ x }) => own.some(({ windowSeconds, toSeconds }) => x >= windowSeconds && x <= toSeconds))
    .flatMap((row) => figureOf(row) ?? [])
    .sort((a, b) => a - b);
  const at = (share: number) => values[Math.round((values.length - 1) * share)];
  const [low, high] = [at(0.05), at(0.95)];
  return low === undefined || high === undefined ? null : { low, high, most: values.at(-1) ?? high };
}

export function latencyTitle(data: OverTime, names: Names): string {
  const said = (['baseline', 'candidate'] as const).flatMap((side) => {
    const range = usual(data, side, (row) => row[`${side}P50`] ?? null);
    return range ? [`${names[side]} ${quantities([range.low, range.high], 'ms').join(' to ')}`] : [];
  });
  return said.length === 0 ? 'Latency over the run' : `p50 from moment to moment: ${said.join(', ')}`;
}

export function throughputTitle(data: OverTime, names: Names): string {
  const said = (['baseline', 'candidate'] as const).flatMap((side) => {
    const range = usual(data, side, (row) => row[`${side}Rate`] ?? null);
    return range ? [`${names[side]} ${digits(range.low)} to ${digits(range.high)}`] : [];
  });
  return said.length === 0 ? 'Requests per second' : `Requests per second: ${said.join(', ')}`;
}

export function cpuTitle(data: OverTime, names: Names): string {
  const said = (['baseline', 'candidate'] as const).flatMap((side) => {
    const range = usual(data, side, (row) =>
      sumOf(
        row,
        data.processes.map((process) => `${side}Cpu:${process}`),
      ),
    );
    return range ? [`${names[side]} ${digits(range.low)} to ${digits(range.high)}`] : [];
  });
  return said.length === 0 ? 'CPU over the run' : `Cores in use: ${said.join(', ')}`;
}

function sumOf(row: OverTime['rows'][number], keys: string[]): number | null {
  const values = keys.flatMap((key) => row[key] ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

export function memoryTitle(data: OverTime, names: Names): string {
  const said = (['baseline', 'candidate'] as const).flatMap((side) => {
    const range = usual(data, side, (row) => row[`${side}Rss:service`] ?? null);
    return range ? [`${names[side]} ${bytes(range.most)}`] : [];
  });
  return said.length === 0 ? 'Memory over the run' : `Memory of the service, at most: ${said.join(', ')}`;
}

export function errorsTitle(
  failures: Record<Side, { failed: number; requests: number }>,
  names: Names,
): string {
  return (['baseline', 'candidate'] as const)
    .map(
      (side) => `${names[side]} failed ${count(failures[side].failed)} of ${count(failures[side].requests)}`,
    )
    .join(', ');
}
