'use client';

import type { OverTime } from '@dyno/charts/series';
import { bytes } from '@dyno/lab/format';
import { Line, YAxis } from 'recharts';
import { linearTicks, lineOf, thin, yAxisStyle } from './axes.ts';
import { TimeChart } from './TimeChart.tsx';

const mebibyte = 1024 ** 2;

/** Resident memory of each process: a line each, for what two processes share would be counted twice in a stack. */
export function MemoryOverTime({ hint }: { hint: string }) {
  return (
    <TimeChart
      title="Memory by process over the run"
      hint={hint}
      panels="each"
      yAxis={(data) => {
        const most = mostOf(data);
        return (
          <YAxis
            domain={[0, most]}
            ticks={linearTicks(most / mebibyte).map((tick) => tick * mebibyte)}
            tickFormatter={bytes}
            {...yAxisStyle}
          />
        );
      }}
      valuesOf={(row, side, { processes }) =>
        processes.flatMap((process) => {
          const size = row[`${side}Rss:${process}`];
          return typeof size === 'number' ? [`${process} ${bytes(size)}`] : [];
        })
      }
      layersOf={(shown, { processes }) =>
        shown.flatMap((side) =>
          processes.map((process, index) => (
            <Line
              key={`${side}${process}`}
              dataKey={`${side}Rss:${process}`}
              {...lineOf[side]}
              {...thin}
              stroke={`var(--${side}-${Math.min(index + 1, 4)})`}
              dot={false}
              isAnimationActive={false}
              activeDot={false}
            />
          )),
        )
      }
    />
  );
}

function mostOf({ rows }: OverTime): number {
  let most = mebibyte;
  for (const row of rows)
    for (const [key, value] of Object.entries(row))
      if (key.includes('Rss:') && value !== null && value > most) most = value;
  return most * 1.05;
}
