'use client';

import { logDomain, ticksWithin } from '@dyno/charts/scale';
import type { PercentilePoint } from '@dyno/charts/series';
import { change, milliseconds } from '@dyno/lab/format';
import { CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from 'recharts';
import {
  activeDot,
  axisStyle,
  Frame,
  lineOf,
  margin,
  type Names,
  Readout,
  sides,
  yAxisStyle,
} from './Frame.tsx';

const quantiles = [0, 0.5, 0.9, 0.99, 0.999, 0.9999];
const place = (quantile: number): number => -Math.log10(1 - quantile);
const nameOf = (quantile: number): string =>
  quantile === 0 ? 'fastest' : `p${Number((quantile * 100).toPrecision(6))}`;

/** The whole distribution: the slowest tenth, hundredth, thousandth get equal room. */
export function Percentiles({ points, names }: { points: PercentilePoint[]; names: Names }) {
  const [least, most] = logDomain(points.flatMap((point) => [point.baseline ?? 0, point.candidate ?? 0]));
  const ticks = ticksWithin(least, most);
  const end = points.at(-1)?.x ?? 1;
  const start = points[0]?.x ?? 0;
  return (
    <Frame names={names} hint="logarithmic on both axes">
      {(readout) => (
        <LineChart
          data={points}
          margin={margin}
          responsive
          style={{ width: '100%', height: 270 }}
          title="Latency by percentile"
        >
          <CartesianGrid stroke="var(--line)" />
          <XAxis
            dataKey="x"
            type="number"
            domain={[start, end]}
            ticks={quantiles.map(place).filter((x) => x >= start - 0.001 && x <= end + 0.001)}
            tickFormatter={(x: number) => nameOf(1 - 10 ** -x)}
            tick={axisStyle}
            stroke="var(--line-strong)"
          />
          <YAxis
            scale="log"
            domain={[least, most]}
            ticks={ticks}
            allowDataOverflow
            tickFormatter={milliseconds}
            {...yAxisStyle}
          />
          {/* The dashes lie on top, so that two equal curves are both seen. */}
          {sides.toReversed().map((side) => (
            <Line
              key={side}
              dataKey={side}
              {...lineOf[side]}
              dot={false}
              connectNulls
              isAnimationActive={false}
              activeDot={activeDot}
            />
          ))}
          <Tooltip
            portal={readout}
            isAnimationActive={false}
            cursor={{ stroke: 'var(--ink-3)' }}
            content={({ active, payload }) => {
              const point: PercentilePoint | undefined = payload[0]?.payload;
              if (!active || !point) return null;
              const { baseline, candidate } = point;
              return (
                <Readout
                  parts={[
                    nameOf(point.quantile),
                    baseline === null ? null : `${names.baseline} ${milliseconds(baseline)}`,
                    candidate === null ? null : `${names.candidate} ${milliseconds(candidate)}`,
                    baseline !== null && candidate !== null ? change(candidate / baseline) : null,
                  ]}
                />
              );
            }}
          />
        </LineChart>
      )}
    </Frame>
  );
}
