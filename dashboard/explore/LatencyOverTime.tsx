'use client';

import { ticksWithin } from '@dyno/charts/scale';
import type { OverTime, Side, TimeRow } from '@dyno/charts/series';
import { milliseconds } from '@dyno/lab/format';
import { Area, Line, YAxis } from 'recharts';
import { heightOf, linearTicks, lineOf, thin, yAxisStyle } from './axes.ts';
import { TimeChart } from './TimeChart.tsx';
import { useView } from './View.tsx';

/** p50 as a line, p5 to p95 as a band, per bucket: no averages over time. */
export function LatencyOverTime() {
  const { scale } = useView().state;
  const domainOf = ({ latencyDomain: [least, most] }: OverTime): [number, number] =>
    scale === 'log' ? [least, most] : [0, most];
  return (
    <TimeChart
      title="Latency over the run"
      hint={`line: p50, band: p5 to p95; ${scale === 'log' ? 'logarithmic' : 'linear, from 0'}`}
      panels="turns"
      yAxis={(data) => {
        const [least, most] = domainOf(data);
        return (
          <YAxis
            scale={scale}
            domain={[least, most]}
            ticks={scale === 'log' ? ticksWithin(least, most) : linearTicks(most)}
            allowDataOverflow
            tickFormatter={milliseconds}
            {...yAxisStyle}
          />
        );
      }}
      valuesOf={(row, side) => {
        const [p5, p50, p95] = [row[`${side}P5`], row[`${side}P50`], row[`${side}P95`]];
        if (typeof p5 !== 'number' || typeof p50 !== 'number' || typeof p95 !== 'number') return [];
        return [`p50 ${milliseconds(p50)}`, `p5 ${milliseconds(p5)}`, `p95 ${milliseconds(p95)}`];
      }}
      marksOf={(row, side, data) => {
        const p50 = row[`${side}P50`];
        return typeof p50 === 'number' ? [heightOf(scale, domainOf(data))(p50)] : [];
      }}
      layersOf={layersOf}
    />
  );
}

const layersOf = (shown: Side[]) => [
  ...shown.map((side) => (
    <Area
      key={`${side} band`}
      dataKey={bandOf(side)}
      fill={`var(--${side})`}
      fillOpacity={0.22}
      stroke="none"
      isAnimationActive={false}
      activeDot={false}
    />
  )),
  ...shown.map((side) => (
    <Line
      key={side}
      dataKey={`${side}P50`}
      {...lineOf[side]}
      {...thin}
      dot={false}
      isAnimationActive={false}
      activeDot={false}
    />
  )),
];

const bandOf = (side: Side) => (row: TimeRow) => {
  const [low, high] = [row[`${side}P5`], row[`${side}P95`]];
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : null;
};
