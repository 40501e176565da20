'use client';

import type { RoundFigures } from '@dyno/charts/roundFigures';
import { clock } from '@dyno/charts/time';
import { bytes, count, digits, milliseconds } from '@dyno/lab/format';
import { type Figure, FigureTable, figure } from '../components/FigureTable.tsx';
import type { Names } from './View.tsx';

/** A row per round: what the tables of the charts over time show. Here for the reason that `figures.tsx` gives. */

interface TableProps {
  names: Names;
  rounds: RoundFigures[];
}

export function LatencyTable({ names, rounds }: TableProps) {
  return (
    <RoundTable
      caption="Latency in the window of each round, medians of its moments"
      names={names}
      rounds={rounds}
      columns={[
        { title: 'p50', csv: 'p50, ms' },
        { title: 'p95', csv: 'p95, ms' },
        { title: 'Worst p95', csv: 'worst p95, ms' },
      ]}
      figuresOf={({ p50Ms, p95Ms, p95MsWorst }) =>
        [p50Ms, p95Ms, p95MsWorst].map((value) => figure(value, milliseconds))
      }
    />
  );
}

export function ThroughputTable({ names, rounds }: TableProps) {
  return (
    <RoundTable
      caption="Requests answered in the window of each round"
      names={names}
      rounds={rounds}
      columns={[
        { title: 'Requests/s', csv: 'requests per second' },
        { title: 'Least', csv: 'least requests per second' },
        { title: 'Failed', csv: 'failed requests' },
        { title: 'Not started', csv: 'dropped iterations' },
      ]}
      figuresOf={({ rate, rateLeast, failed, band }) => [
        figure(rate, digits),
        figure(rateLeast, digits),
        figure(failed, count),
        figure(band.dropped, count),
      ]}
    />
  );
}

export function ProcessTable({
  kind,
  processes,
  ...table
}: TableProps & { kind: 'cpu' | 'memory'; processes: string[] }) {
  const { what, unit, words } = kinds[kind];
  const usedBy = ({ cores, rssBytes }: RoundFigures) => (kind === 'cpu' ? cores : rssBytes);
  return (
    <RoundTable
      {...table}
      caption={`${what} by process in the window of each round`}
      columns={processes.map((process) => ({ title: process, csv: `${process}, ${unit}` }))}
      figuresOf={(round) => processes.map((process) => figure(usedBy(round).get(process), words))}
    />
  );
}

const kinds = {
  cpu: { what: 'CPU in cores', unit: 'cores', words: digits },
  memory: { what: 'Memory, at most', unit: 'bytes', words: bytes },
} as const;

function RoundTable({
  caption,
  names,
  rounds,
  columns,
  figuresOf,
}: TableProps & {
  caption: string;
  columns: { title: string; csv: string }[];
  figuresOf: (round: RoundFigures) => Figure[];
}) {
  return (
    <FigureTable
      caption={caption}
      columns={[
        { title: 'Round', csv: 'round' },
        { title: 'Block', csv: 'block' },
        { title: 'Variant', csv: 'variant' },
        { title: 'From', csv: 'from, s' },
        { title: 'To', csv: 'to, s' },
        ...columns,
        { title: 'Counts', csv: 'counts' },
      ]}
      rows={rounds.map((round) => {
        const { round: number, block, side, windowSeconds, toSeconds, excluded } = round.band;
        return [
          { text: String(number), value: number },
          { text: String(block), value: block },
          { text: names[side], value: names[side] },
          { text: clock(windowSeconds), value: windowSeconds },
          { text: clock(toSeconds), value: toSeconds },
          ...figuresOf(round),
          excluded === null ? { text: 'yes', value: 'yes' } : { text: `no: ${excluded}`, value: excluded },
        ];
      })}
    />
  );
}
