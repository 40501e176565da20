'use client';

import { milliseconds } from '@dyno/lab/format';
import { Area, CartesianGrid, ComposedChart, Line, Tooltip, XAxis, YAxis } from 'recharts';
import { type OverTime, ticksWithin } from '../lib/series.ts';
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

/** p50 as a line, p50 to p95 as a band, per bucket; logarithmic, and no averages over time. */
export function LatencyOverTime({ data, names }: { data: OverTime; names: Names }) {
  const [least, most] = data.latencyDomain;
  const ticks = ticksWithin(least, most);
  const rows = data.rows.map((row) => ({
    ...row,
    baselineBand: pair(row.baselineP50, row.baselineP95),
    candidateBand: pair(row.candidateP50, row.candidateP95),
  }));
  return (
    <Frame names={names} hint="line: p50, band: up to p95; logarithmic">
      {(readout) => (
        <ComposedChart
          data={rows}
          syncId={syncId}
          margin={margin}
          responsive
          style={{ width: '100%', height: 270 }}
          title="Latency over the run"
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
            scale="log"
            domain={[least, most]}
            ticks={ticks}
            allowDataOverflow
            tickFormatter={milliseconds}
            tick={axisStyle}
            width={yWidth}
            axisLine={false}
            tickLine={false}
          />
          {sides.map((side) => (
            <Area
              key={side}
              dataKey={`${side}Band`}
              fill={`var(--${side})`}
              fillOpacity={0.22}
              stroke="none"
              isAnimationActive={false}
              activeDot={false}
            />
          ))}
          {sides.map((side) => (
            <Line
              key={side}
              dataKey={`${side}P50`}
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
              const values = sides.flatMap((side) =>
                typeof row[`${side}P50`] === 'number'
                  ? [`p50 ${milliseconds(row[`${side}P50`])}`, `p95 ${milliseconds(row[`${side}P95`])}`]
                  : [],
              );
              return <Readout parts={[moment(data.bands, Number(label)), ...values]} />;
            }}
          />
        </ComposedChart>
      )}
    </Frame>
  );
}

function pair(low: number | null | undefined, high: number | null | undefined): [number, number] | null {
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : null;
}
