'use client';

import { stepsFromZero } from '@dyno/charts/plot';
import type { OverTime, Side } from '@dyno/charts/series';
import { digits } from '@dyno/lab/format';
import { Line, YAxis } from 'recharts';
import { heightOf, lineOf, sides, thin, yAxisStyle } from './axes.ts';
import type { StripOfBars } from './Strip.tsx';
import { TimeChart } from './TimeChart.tsx';

export function Throughput() {
  return (
    <TimeChart
      title="Requests per second over the run"
      hint="requests answered in each second; from 0"
      panels="one"
      yAxis={(data) => (
        <YAxis
          domain={[0, top(data)]}
          ticks={stepsFromZero(most(data))}
          interval={0}
          tickFormatter={(value: number) => `${digits(value)}/s`}
          {...yAxisStyle}
        />
      )}
      valuesOf={(row, side) => {
        const [rate, failed] = [row[`${side}Rate`], row[`${side}Failed`]];
        if (typeof rate !== 'number') return [];
        return [
          `${digits(rate)}/s`,
          ...(typeof failed === 'number' && failed > 0 ? [`${digits(failed)} failed`] : []),
        ];
      }}
      marksOf={(row, side, data) => {
        const rate = row[`${side}Rate`];
        return typeof rate === 'number' ? [heightOf('linear', [0, top(data)])(rate)] : [];
      }}
      stripsOf={lossesOf}
      layersOf={(shown) =>
        shown.map((side) => (
          <Line
            key={side}
            dataKey={`${side}Rate`}
            {...lineOf[side]}
            {...thin}
            dot={false}
            isAnimationActive={false}
            activeDot={false}
          />
        ))
      }
    />
  );
}

const most = ({ rows }: OverTime): number =>
  rows.reduce((found, row) => Math.max(found, row.baselineRate ?? 0, row.candidateRate ?? 0), 1);
const top = (data: OverTime): number => most(data) * 1.05;

/** What was not answered well, or not even asked; nothing where there was none. */
function lossesOf({ rows, bands, bucketSeconds, isOverlapping }: OverTime): StripOfBars[] {
  // Variants that were alive at once stand side by side.
  const within = (side: Side, from: number, to: number) => {
    const middle = (from + to) / 2;
    return {
      side,
      from: isOverlapping && side === 'candidate' ? middle : from,
      to: isOverlapping && side === 'baseline' ? middle : to,
    };
  };
  const half = bucketSeconds / 2;
  const failed = sides.flatMap((side) =>
    rows.flatMap((row) => {
      const count = row[`${side}Failed`];
      return count ? [{ ...within(side, row.x - half, row.x + half), value: count / bucketSeconds }] : [];
    }),
  );
  const dropped = bands.flatMap(({ side, fromSeconds, windowSeconds, toSeconds, dropped: count }) =>
    count
      ? [{ ...within(side, windowSeconds, toSeconds), value: count / Math.max(1, toSeconds - fromSeconds) }]
      : [],
  );
  return [
    { name: 'failed requests per second', bars: failed },
    { name: 'not started, per second', bars: dropped },
  ].filter(({ bars }) => bars.length > 0);
}
