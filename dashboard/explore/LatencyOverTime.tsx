'use client';

import { ticksWithin } from '@dyno/charts/scale';
import type { OverTime } from '@dyno/charts/series';
import { milliseconds } from '@dyno/lab/format';
import { Area, Line, YAxis } from 'recharts';
import { activeDot, lineOf, type Names, sides, yAxisStyle } from './Frame.tsx';
import { TimeChart } from './TimeChart.tsx';

/** p50 as a line, p50 to p95 as a band, per bucket; logarithmic, and no averages over time. */
export function LatencyOverTime({ data, names }: { data: OverTime; names: Names }) {
  const [least, most] = data.latencyDomain;
  const bandOf = (side: string) => (row: OverTime['rows'][number]) => {
    const [low, high] = [row[`${side}P50`], row[`${side}P95`]];
    return typeof low === 'number' && typeof high === 'number' ? [low, high] : null;
  };
  return (
    <TimeChart
      data={data}
      names={names}
      title="Latency over the run"
      hint="line: p50, band: up to p95; logarithmic"
      height={270}
      yAxis={
        <YAxis
          scale="log"
          domain={[least, most]}
          ticks={ticksWithin(least, most)}
          allowDataOverflow
          tickFormatter={milliseconds}
          {...yAxisStyle}
        />
      }
      valuesOf={(row, side) => {
        const [p50, p95] = [row[`${side}P50`], row[`${side}P95`]];
        if (typeof p50 !== 'number' || typeof p95 !== 'number') return [];
        return [`p50 ${milliseconds(p50)}`, `p95 ${milliseconds(p95)}`];
      }}
    >
      {sides.map((side) => (
        <Area
          key={`${side} band`}
          dataKey={bandOf(side)}
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
          activeDot={activeDot}
        />
      ))}
    </TimeChart>
  );
}
