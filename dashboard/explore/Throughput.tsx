'use client';

import type { OverTime } from '@dyno/charts/series';
import { digits } from '@dyno/lab/format';
import { Line, YAxis } from 'recharts';
import { heightOf, linearTicks, lineOf, thin, yAxisStyle } from './axes.ts';
import { TimeChart } from './TimeChart.tsx';

export function Throughput() {
  return (
    <TimeChart
      title="Requests per second over the run"
      hint="requests answered in each second; from 0"
      panels="one"
      yAxis={(data) => (
        <YAxis
          domain={[0, most(data)]}
          ticks={linearTicks(most(data))}
          tickFormatter={digits}
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
        return typeof rate === 'number' ? [heightOf('linear', [0, most(data)])(rate)] : [];
      }}
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
  rows.reduce((found, row) => Math.max(found, row.baselineRate ?? 0, row.candidateRate ?? 0), 1) * 1.05;
