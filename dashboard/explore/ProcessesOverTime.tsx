'use client';

import { partColour } from '@dyno/charts/Legend';
import { stepsFromZero } from '@dyno/charts/plot';
import type { OverTime, Side, TimeRow } from '@dyno/charts/series';
import { bytes, digits } from '@dyno/lab/format';
import { Area, ReferenceLine, YAxis } from 'recharts';
import { yAxisStyle } from './axes.ts';
import { TimeChart } from './TimeChart.tsx';

const kinds = {
  cpu: { key: 'Cpu', title: 'CPU by process over the run', words: digits, base: 10 },
  memory: { key: 'Rss', title: 'Memory by process over the run', words: bytes, base: 2 },
} as const;

/** What each process used, stacked: hue is the variant, lightness the process, the same order in both. */
export function ProcessesOverTime({ kind, hint }: { kind: keyof typeof kinds; hint: string }) {
  const { key, title, words, base } = kinds[kind];
  const usedBy = (row: TimeRow, side: Side, process: string) => row[`${side}${key}:${process}`];
  const most = (data: OverTime): number =>
    data.rows.reduce(
      (top, row) =>
        Math.max(top, ...(['baseline', 'candidate'] as const).map((side) => sumOf(row, side, data))),
      kind === 'cpu' ? (data.machineCores ?? 0.1) : 2 ** 20,
    );
  const sumOf = (row: TimeRow, side: Side, { processes }: OverTime): number =>
    processes.reduce((sum, process) => sum + (usedBy(row, side, process) ?? 0), 0);
  return (
    <TimeChart
      title={title}
      hint={hint}
      panels="each"
      yAxis={(data) => {
        const top = most(data);
        return (
          <YAxis
            domain={[0, top * 1.04]}
            ticks={stepsFromZero(top, base)}
            interval={0}
            tickFormatter={words}
            {...yAxisStyle}
          />
        );
      }}
      valuesOf={(row, side, data) =>
        data.processes.flatMap((process) => {
          const value = usedBy(row, side, process);
          return typeof value === 'number' ? [`${process} ${words(value)}`] : [];
        })
      }
      layersOf={(shown, { processes, machineCores }) => [
        ...shown.flatMap((side) =>
          processes.map((process, index) => (
            <Area
              key={`${side}${process}`}
              dataKey={`${side}${key}:${process}`}
              stackId={side}
              fill={partColour(side, index)}
              fillOpacity={1}
              stroke={`var(--${side})`}
              strokeWidth={0.5}
              isAnimationActive={false}
              activeDot={false}
            />
          )),
        ),
        kind === 'memory' || machineCores === null ? null : (
          <ReferenceLine key="machine" y={machineCores} stroke="var(--ink-2)" strokeDasharray="1.5 3" />
        ),
      ]}
    />
  );
}
