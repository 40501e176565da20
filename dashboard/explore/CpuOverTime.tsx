'use client';

import type { OverTime } from '@dyno/charts/series';
import { digits } from '@dyno/lab/format';
import { Area, ReferenceLine, YAxis } from 'recharts';
import { linearTicks, yAxisStyle } from './axes.ts';
import { TimeChart } from './TimeChart.tsx';

/** Cores in use, stacked by process: hue is the variant, lightness the process, the same order in both. */
export function CpuOverTime({ hint }: { hint: string }) {
  return (
    <TimeChart
      title="CPU by process over the run"
      hint={hint}
      panels="each"
      yAxis={(data) => (
        <YAxis
          domain={[0, top(data)]}
          ticks={linearTicks(top(data))}
          tickFormatter={digits}
          {...yAxisStyle}
        />
      )}
      valuesOf={(row, side, { processes }) =>
        processes.flatMap((process) => {
          const cores = row[`${side}Cpu:${process}`];
          return typeof cores === 'number' ? [`${process} ${digits(cores)}`] : [];
        })
      }
      layersOf={(shown, { processes, machineCores }) => [
        ...shown.flatMap((side) =>
          processes.map((process, index) => (
            <Area
              key={`${side}${process}`}
              dataKey={`${side}Cpu:${process}`}
              stackId={side}
              fill={`var(--${side}-${Math.min(index + 1, 5)})`}
              fillOpacity={1}
              stroke={`var(--${side})`}
              strokeWidth={0.5}
              isAnimationActive={false}
              activeDot={false}
            />
          )),
        ),
        machineCores === null ? null : (
          <ReferenceLine
            key="machine"
            y={machineCores}
            stroke="var(--ink-3)"
            strokeDasharray="2 3"
            label={{
              value: `the machine's ${machineCores} cores`,
              position: 'insideTopRight',
              fontSize: 11.5,
              fill: 'var(--ink-2)',
            }}
          />
        ),
      ]}
    />
  );
}

const top = ({ coresMax, machineCores }: OverTime): number => Math.max(coresMax, machineCores ?? 0) * 1.04;
