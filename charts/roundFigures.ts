import type { OverTime, RoundBand, TimeRow } from './series.ts';

/** What the charts over time say of one round's window, in few figures; null where nothing was measured. */
export interface RoundFigures {
  band: RoundBand;
  p50Ms: number | null;
  p95Ms: number | null;
  p95MsWorst: number | null;
  rate: number | null;
  rateLeast: number | null;
  failed: number | null;
  /** Mean over the window, by process. */
  cores: ReadonlyMap<string, number>;
  /** The most over the window, by process. */
  rssBytes: ReadonlyMap<string, number>;
}

/** Medians of the window's buckets, not averages over time: a stall must not hide in them, nor make them. */
export function roundFigures({ rows, bands, processes }: OverTime): RoundFigures[] {
  return bands.map((band) => {
    const own = rows.filter(({ x }) => x >= band.windowSeconds && x < band.toSeconds);
    const all = (key: string): number[] => own.flatMap((row: TimeRow) => row[`${band.side}${key}`] ?? []);
    const byProcess = (key: string, fold: (values: number[]) => number | null) =>
      new Map(
        processes.flatMap((process): [string, number][] => {
          const value = fold(all(`${key}:${process}`));
          return value === null ? [] : [[process, value]];
        }),
      );
    return {
      band,
      p50Ms: middle(all('P50')),
      p95Ms: middle(all('P95')),
      p95MsWorst: most(all('P95')),
      rate: mean(all('Rate')),
      rateLeast: least(all('Rate')),
      failed: total(all('Failed')),
      cores: byProcess('Cpu', mean),
      rssBytes: byProcess('Rss', most),
    };
  });
}

const total = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);

function mean(values: number[]): number | null {
  const sum = total(values);
  return sum === null ? null : sum / values.length;
}

const most = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));
const least = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b));
const middle = (values: number[]): number | null =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
