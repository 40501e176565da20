import { CpuOverTime } from '@dyno/charts/CpuOverTime';
import { LatencyOverTime, latencyMarks } from '@dyno/charts/LatencyOverTime';
import { MemoryOverTime } from '@dyno/charts/MemoryOverTime';
import type { Mark } from '@dyno/charts/plot';
import type { OverTime, Side, TimeRow } from '@dyno/charts/series';
import { rateMarks, Throughput } from '@dyno/charts/Throughput';
import { bytes, digits, milliseconds } from '@dyno/lab/format';
import type { ReactElement } from 'react';
import type { TimeFigures } from './timeRows.ts';

export interface TimeDrawing {
  data: OverTime;
  names: { baseline: string; candidate: string };
  part: readonly [number, number];
  shown: readonly Side[];
  scale: 'log' | 'linear';
}

interface TimeChart {
  title: string;
  Drawing: (drawing: TimeDrawing) => ReactElement;
  /** What the read-out line says of one variant in one row; nothing where it was not measured. */
  valuesOf: (row: TimeRow, side: Side, data: OverTime) => string[];
  /** Points on the lines under the cross-hair. */
  marksOf: (drawing: Pick<TimeDrawing, 'data' | 'shown' | 'scale'>) => (row: TimeRow) => Mark[];
}

/** The drawings are those of the server: what differs between charts over time when one points at them. */
export const timeCharts: Record<TimeFigures, TimeChart> = {
  latency: {
    title: 'Latency over the run',
    Drawing: LatencyOverTime,
    valuesOf: (row, side) => {
      const [p5, p50, p95] = [row[`${side}P5`], row[`${side}P50`], row[`${side}P95`]];
      if (typeof p5 !== 'number' || typeof p50 !== 'number' || typeof p95 !== 'number') return [];
      return [`p50 ${milliseconds(p50)}`, `p5 ${milliseconds(p5)}`, `p95 ${milliseconds(p95)}`];
    },
    marksOf: ({ data, shown, scale }) => latencyMarks(data, shown, scale),
  },
  throughput: {
    title: 'Requests per second over the run',
    Drawing: Throughput,
    valuesOf: (row, side) => {
      const [rate, failed] = [row[`${side}Rate`], row[`${side}Failed`]];
      if (typeof rate !== 'number') return [];
      return [`${digits(rate)}/s`, ...(failed ? [`${digits(failed)} failed`] : [])];
    },
    marksOf: ({ data, shown }) => rateMarks(data, shown),
  },
  cpu: {
    title: 'CPU by process over the run',
    Drawing: CpuOverTime,
    valuesOf: stackedValues('Cpu', digits),
    marksOf: () => () => [],
  },
  memory: {
    title: 'Memory by process over the run',
    Drawing: MemoryOverTime,
    valuesOf: stackedValues('Rss', bytes),
    marksOf: () => () => [],
  },
};

function stackedValues(key: 'Cpu' | 'Rss', words: (value: number) => string): TimeChart['valuesOf'] {
  return (row, side, { processes }) =>
    processes.flatMap((process) => {
      const value = row[`${side}${key}:${process}`];
      return typeof value === 'number' ? [`${process} ${words(value)}`] : [];
    });
}
