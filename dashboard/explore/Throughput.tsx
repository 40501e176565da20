'use client';

import { digits } from '@dyno/lab/format';
import { CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from 'recharts';
import type { OverTime } from '../lib/series.ts';
import { bandAreas } from './Bands.tsx';
import {
  axisStyle,
  clock,
  clockTicks,
  Frame,
  lineOf,
  margin,
  moment,
  type Names,
  Readout,
  sides,
  syncId,
  yWidth,
} from './Frame.tsx';

export function Throughput({ data, names }: { data: OverTime; names: Names }) {
  return (
    <Frame names={names} hint="requests answered in each second; from 0">
      {(readout) => (
        <LineChart
          data={data.rows}
          syncId={syncId}
          margin={margin}
          responsive
          style={{ width: '100%', height: 200 }}
          title="Requests per second over the run"
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
            domain={[0, 'auto']}
            tickFormatter={digits}
            tick={axisStyle}
            width={yWidth}
            axisLine={false}
            tickLine={false}
            tickCount={5}
          />
          {sides.map((side) => (
            <Line
              key={side}
              dataKey={`${side}Rate`}
              {...lineOf[side]}
              dot={false}
              isAnimationActive={false}
              activeDot={{ r: 4, stroke: 'var(--card)' }}
            />
          ))}
          <Tooltip
            portal={readout}
            isAnimationActive={false}
            cursor={{ stroke: 'var(--ink-3)' }}
            content={({ active, payload, label }) => {
              const row = payload[0]?.payload;
              if (!active || !row) return null;
              const values = sides.flatMap((side) => {
                const [rate, failed] = [row[`${side}Rate`], row[`${side}Failed`]];
                if (typeof rate !== 'number') return [];
                return [`${digits(rate)}/s`, failed > 0 ? `${digits(failed)} failed` : null];
              });
              return <Readout parts={[moment(data.bands, Number(label)), ...values]} />;
            }}
          />
        </LineChart>
      )}
    </Frame>
  );
}
