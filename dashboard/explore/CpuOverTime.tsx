'use client';

import type { OverTime } from '@dyno/charts/series';
import { digits } from '@dyno/lab/format';
import { Area, ReferenceLine, YAxis } from 'recharts';
import { type Names, sides, yAxisStyle } from './Frame.tsx';
import { TimeChart } from './TimeChart.tsx';

/** Cores in use, stacked by process: hue is the variant, lightness the process, the same order in both. */
export function CpuOverTime({ data, names }: { data: OverTime; names: Names }) {
  const { machineCores, processes } = data;
  const top = Math.max(data.coresMax, machineCores ?? 0) * 1.04;
  const order = `from dark to light: ${processes.join(', ')}`;
  return (
    <TimeChart
      data={data}
      names={names}
      title="CPU by process over the run"
      hint={data.isOverlapping ? `${order}; of what serves both variants, half is drawn with each` : order}
      height={230}
      yAxis={<YAxis domain={[0, top]} ticks={coreTicks(top)} tickFormatter={digits} {...yAxisStyle} />}
      valuesOf={(row, side) =>
        processes.flatMap((process) => {
          const cores = row[`${side}Cpu:${process}`];
          return typeof cores === 'number' ? [`${process} ${digits(cores)}`] : [];
        })
      }
    >
      {sides.flatMap((side) =>
        processes.map((process, index) => (
          <Area
            key={`${side}${process}`}
            dataKey={`${side}Cpu:${process}`}
            stackId={data.isOverlapping ? 'both' : side}
            fill={`var(--${side}-${Math.min(index + 1, 5)})`}
            fillOpacity={1}
            stroke={`var(--${side})`}
            strokeWidth={0.5}
            isAnimationActive={false}
            activeDot={false}
          />
        )),
      )}
      {machineCores !== null ? (
        <ReferenceLine
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
      ) : null}
    </TimeChart>
  );
}

/** Four to eight round steps from 0. */
function coreTicks(top: number): number[] {
  const step = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 8, 16, 32].find((size) => top / size < 8) ?? 64;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => Number((index * step).toFixed(2)));
}
