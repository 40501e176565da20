import { type OverTime, overTime } from '@dyno/charts/series';
import type { Query } from './addressQuery.ts';
import type { Run } from './results.ts';
import type { Names } from './runPage.ts';
import { type Known, viewOf } from './viewQuery.ts';

/** What the charts over time explore: all of the run, or a part of it as fine as it was measured. Scales are those of the whole. */
export function timeSeries(
  { timeline, rounds }: Pick<Run, 'timeline' | 'rounds'>,
  names: Names,
  part: readonly [number, number] | null = null,
): OverTime | null {
  const whole = timeline ? overTime(timeline, rounds, names) : null;
  if (!timeline || !whole || part === null) return whole;
  // Nothing of it is finer than what is known of the whole.
  if (whole.bucketSeconds === 1) return whole;
  const { latencyDomain, failed } = whole;
  const found = overTime(timeline, rounds, names, part);
  return found && { ...found, latencyDomain, failed };
}

/** What an address can name in this run. */
export function knownOf(
  { report, rounds }: Pick<Run, 'report' | 'rounds'>,
  names: Names,
  data: OverTime | null,
): Known {
  return {
    candidates: [names.candidate],
    metrics: (report?.metrics ?? []).filter(({ pairs }) => pairs.length > 0).map(({ name }) => name),
    blocks: [...new Set(rounds.map(({ block }) => block))].sort((a, b) => a - b),
    endSeconds: endOf(data),
  };
}

export const endOf = (data: OverTime | null): number =>
  data?.bands.reduce((end, { toSeconds }) => Math.max(end, toSeconds), 0) ?? 0;

/** Every file of a request is known by now, so a part that nobody knows is all of it. */
export function partOf(run: Run, names: Names, query: Query): readonly [number, number] | null {
  return viewOf(query, knownOf(run, names, timeSeries(run, names))).state.t;
}
