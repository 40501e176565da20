'use client';

import type { OverTime } from '@dyno/charts/series';
import { digits } from '@dyno/lab/format';
import { Line, YAxis } from 'recharts';
import { activeDot, lineOf, type Names, sides, yAxisStyle } from './Frame.tsx';
import { TimeChart } from './TimeChart.tsx';

export function Throughput({ data, names }: { data: OverTime; names: Names }) {
  return (
    <TimeChart
      data={data}
      names={names}
      title="Requests per second over the run"
      hint="requests answered in each second; from 0"
      height={200}
      yAxis={<YAxis domain={[0, 'auto']} tickFormatter={digits} tickCount={5} {...yAxisStyle} />}
      valuesOf={(row, side) => {
        const [rate, failed] = [row[`${side}Rate`], row[`${side}Failed`]];
        if (typeof rate !== 'number') return [];
        return [
          `${digits(rate)}/s`,
          ...(typeof failed === 'number' && failed > 0 ? [`${digits(failed)} failed`] : []),
        ];
      }}
    >
      {sides.map((side) => (
        <Line
          key={side}
          dataKey={`${side}Rate`}
          {...lineOf[side]}
          dot={false}
          isAnimationActive={false}
          activeDot={activeDot}
        />
      ))}
    </TimeChart>
  );
}
