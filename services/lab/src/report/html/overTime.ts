import { CpuOverTime } from '@dyno/charts/CpuOverTime';
import { LatencyOverTime } from '@dyno/charts/LatencyOverTime';
import { Legend } from '@dyno/charts/Legend';
import { MemoryOverTime } from '@dyno/charts/MemoryOverTime';
import { type RoundFigures, roundFigures } from '@dyno/charts/roundFigures';
import type { OverTime } from '@dyno/charts/series';
import { Throughput } from '@dyno/charts/Throughput';
import { cpuTitle, latencyTitle, memoryTitle, throughputTitle } from '@dyno/charts/titles';
import { createElement as h, type ReactNode } from 'react';
import { bytes, count, digits, milliseconds, plural } from '../../format.ts';
import { dataTable, figure } from './parts.ts';

interface Names {
  baseline: string;
  candidate: string;
}

/** The run from its first second to its last, all on the same axis. */
export function overTimeFigures(data: OverTime, names: Names, targetPerSecond: number | null): ReactNode[] {
  const rounds = roundFigures(data);
  const drawn = { data, names };
  const per = data.bucketSeconds === 1 ? 'per second' : `per ${data.bucketSeconds}\u00a0s`;
  const windows = `${plural(data.bands.length, 'round')}; tinted where a window is open`;
  const halves = data.isOverlapping ? ' Of what serves both variants, half is drawn with each.' : '';
  const stacked = h(Legend, { key: 'legend', names, parts: data.processes });
  return [
    figure(
      {
        id: 'latency',
        title: latencyTitle(data, names),
        subtitle: `Latency in ms ${per}: line p50, band p5 to p95; ${windows}.`,
      },
      [h(Legend, { key: 'legend', names }), h(LatencyOverTime, { key: 'chart', ...drawn })],
      roundTable('Latency in the window of each round, medians of its moments', rounds, names, [
        ['p50', ({ p50Ms }) => shown(p50Ms, milliseconds)],
        ['p95', ({ p95Ms }) => shown(p95Ms, milliseconds)],
        ['Worst p95', ({ p95MsWorst }) => shown(p95MsWorst, milliseconds)],
      ]),
    ),
    figure(
      {
        id: 'throughput',
        title: throughputTitle(data, names),
        subtitle: `Answered requests ${per}, from 0; ${windows}.${targetPerSecond === null ? '' : ' The rate was asked for: throughput is not an outcome here.'}`,
      },
      [h(Legend, { key: 'legend', names }), h(Throughput, { key: 'chart', ...drawn, targetPerSecond })],
      roundTable('Requests answered in the window of each round', rounds, names, [
        ['Requests/s', ({ rate }) => shown(rate, digits)],
        ['Least', ({ rateLeast }) => shown(rateLeast, digits)],
        ['Failed', ({ failed }) => shown(failed, count)],
        ['Not started', ({ band }) => shown(band.dropped, count)],
      ]),
    ),
    figure(
      {
        id: 'cpu-over-time',
        title: cpuTitle(data, names),
        subtitle: `CPU in cores by process ${per}, stacked from 0; ${windows}.${halves}`,
      },
      [stacked, h(CpuOverTime, { key: 'chart', ...drawn })],
      roundTable(
        'CPU in cores by process in the window of each round',
        rounds,
        names,
        byProcess(data, ({ cores }) => cores, digits),
      ),
    ),
    figure(
      {
        id: 'memory',
        title: memoryTitle(data, names),
        subtitle: `Resident memory by process ${per}, from 0; ${windows}.${halves}`,
      },
      [stacked, h(MemoryOverTime, { key: 'chart', ...drawn })],
      roundTable(
        'Memory, at most, by process in the window of each round',
        rounds,
        names,
        byProcess(data, ({ rssBytes }) => rssBytes, bytes),
      ),
    ),
  ];
}

/** Its head, and what stands below it. */
type Column = [title: string, words: (round: RoundFigures) => string];

function byProcess(
  { processes }: OverTime,
  figuresOf: (round: RoundFigures) => ReadonlyMap<string, number>,
  words: (value: number) => string,
): Column[] {
  return processes.map((process) => [process, (round) => shown(figuresOf(round).get(process), words)]);
}

function roundTable(
  caption: string,
  rounds: readonly RoundFigures[],
  names: Names,
  columns: readonly Column[],
): ReactNode {
  return dataTable({
    caption,
    head: ['Round', 'Block', 'Variant', ...columns.map(([title]) => title), 'Counts'],
    text: [2, columns.length + 3],
    rows: rounds.map((round) => [
      round.band.round,
      round.band.block,
      names[round.band.side],
      ...columns.map(([, words]) => words(round)),
      round.band.excluded ? `no: ${round.band.excluded}` : 'yes',
    ]),
  });
}

function shown(value: number | null | undefined, words: (value: number) => string): string {
  return value === null || value === undefined ? '–' : words(value);
}
