'use client';

import { digits } from '@dyno/lab/format';
import { Area, AreaChart, CartesianGrid, ReferenceLine, Tooltip, XAxis, YAxis } from 'recharts';
import type { OverTime } from '../lib/series.ts';
import { bandAreas } from './Bands.tsx';
import {
  axisStyle,
  clock,
  clockTicks,
  Frame,
  margin,
  moment,
  type Names,
  Readout,
  sides,
  syncId,
  yWidth,
} from './Frame.tsx';

/** Cores in use, stacked by process: hue is the variant, lightness the process, the same order in both. */
export function CpuOverTime({ data, names }: { data: OverTime; names: Names }) {
  const { machineCores, processes } = data;
  const top = Math.max(data.coresMax, machineCores ?? 0) * 1.04;
  return (
    <Frame names={names} hint={`from dark to light: ${processes.join(', ')}`}>
      {(readout) => (
        <AreaChart
          data={data.rows}
          syncId={syncId}
          margin={margin}
          responsive
          style={{ width: '100%', height: 230 }}
          title="CPU by process over the run"
        >
          <CartesianGrid stroke="var(--line)" vertical={false} />
          {bandAreas(data.bands)}
          <XAxis
            dataKey="x"
            type="number"
            domain={[0, 'dataMax']}
            ticks={clockTicks(data.bands)}
            tickFormatter={clock}
            tick={axisStyle}
            stroke="var(--line-strong)"
          />
          <YAxis
            domain={[0, top]}
            ticks={coreTicks(top)}
            tickFormatter={digits}
            tick={axisStyle}
            width={yWidth}
            axisLine={false}
            tickLine={false}
          />
          {sides.flatMap((side) =>
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
          <Tooltip
            portal={readout}
            isAnimationActive={false}
            cursor={{ stroke: 'var(--ink-3)' }}
            content={({ active, payload, label }) => {
              const row = payload[0]?.payload;
              if (!active || !row) return null;
              const values = sides.flatMap((side) =>
                processes.flatMap((process) => {
                  const cores = row[`${side}Cpu:${process}`];
                  return typeof cores === 'number' ? [`${process} ${digits(cores)}`] : [];
                }),
              );
              return <Readout parts={[moment(data.bands, Number(label)), ...values]} />;
            }}
          />
        </AreaChart>
      )}
    </Frame>
  );
}

/** Four to eight round steps from 0. */
function coreTicks(top: number): number[] {
  const step = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 8, 16, 32].find((size) => top / size < 8) ?? 64;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => Number((index * step).toFixed(2)));
}
