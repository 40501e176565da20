'use client';

import { stepsFromZero } from '@dyno/charts/plot';
import { ticksWithin } from '@dyno/charts/scale';
import type { DistributionBin } from '@dyno/charts/series';
import { milliseconds, percent } from '@dyno/lab/format';
import { useMemo, useState } from 'react';
import { Area, CartesianGrid, ComposedChart, XAxis, YAxis } from 'recharts';
import { isShown } from '../lib/viewState.ts';
import { heightOf, lineOf, placesOf, roomOf, sides, thin, xAxisStyle, yAxisStyle } from './axes.ts';
import styles from './ChartFrame.module.css';
import { useDrawnPlaces, useTakeOver } from './ChartFrame.tsx';
import { Crosshair } from './crosshair.ts';
import { Marks, Pointer } from './Pointer.tsx';
import { useView } from './View.tsx';

interface Row {
  /** Logarithm of the bin's middle, or of its end for what is answered by then. */
  x: number;
  fromMs: number;
  toMs: number;
  baseline: number;
  candidate: number;
}

/** Which share of the answers took how long; or, added up, which share was there within a time. */
export function Distribution({ bins }: { bins: DistributionBin[] }) {
  useTakeOver();
  const { names, state } = useView();
  const [crosshair] = useState(() => new Crosshair());
  const isAdded = state.show.includes('ecdf');
  const rows = useMemo(() => (isAdded ? addedUp(bins) : histogram(bins)), [bins, isAdded]);
  const shown = sides.filter((side) => isShown(state, side));
  const domain: [number, number] = [Math.log10(bins[0]?.fromMs ?? 1), Math.log10(bins.at(-1)?.toMs ?? 10)];
  const most = isAdded
    ? 1
    : Math.max(0.001, ...rows.flatMap(({ baseline, candidate }) => [baseline, candidate]));
  const top = most * 1.04;
  const places = useMemo(() => rows.map(({ x }) => x), [rows]);
  const readAt = (index: number): string => {
    const row = rows[index];
    if (!row) return '';
    const where = isAdded
      ? `within ${milliseconds(row.toMs)}`
      : `${milliseconds(row.fromMs)} to ${milliseconds(row.toMs)}`;
    return [where, ...shown.map((side) => `${names[side]} ${percent(row[side])}`)].join('   ');
  };
  const panels = placesOf(useDrawnPlaces(), 1);
  const [place] = panels;
  if (!place) return null;
  const { style, margin } = roomOf(place, true);
  return (
    <div className={styles.panels}>
      <div className={styles.panel} style={style}>
        <span className={styles.panelName}>{isAdded ? 'share answered within' : 'share of requests'}</span>
        <ComposedChart
          data={rows}
          margin={margin}
          responsive
          accessibilityLayer={false}
          style={{ width: '100%', height: '100%' }}
          title={isAdded ? 'Share answered within a time' : 'Distribution of latency'}
        >
          <CartesianGrid stroke="var(--line)" />
          <XAxis
            dataKey="x"
            type="number"
            domain={domain}
            ticks={ticksWithin(10 ** domain[0], 10 ** domain[1]).map(Math.log10)}
            tickFormatter={(x: number) => milliseconds(Number((10 ** x).toPrecision(6)))}
            allowDataOverflow
            {...xAxisStyle}
          />
          <YAxis
            domain={[0, top]}
            ticks={stepsFromZero(most)}
            interval={0}
            tickFormatter={percent}
            {...yAxisStyle}
          />
          {shown.toReversed().map((side) => (
            <Area
              key={side}
              dataKey={side}
              type={isAdded ? 'linear' : 'step'}
              {...lineOf[side]}
              {...(isAdded ? {} : thin)}
              fill={`var(--${side})`}
              fillOpacity={isAdded ? 0 : 0.16}
              isAnimationActive={false}
              activeDot={false}
            />
          ))}
        </ComposedChart>
      </div>
      <Marks
        crosshair={crosshair}
        places={places}
        domain={domain}
        panel={place}
        marksAt={(index) => {
          const row = rows[index];
          return row ? shown.map((side) => ({ side, y: heightOf('linear', [0, top])(row[side]) })) : [];
        }}
      />
      <Pointer
        crosshair={crosshair}
        places={places}
        panels={panels}
        domain={domain}
        label={isAdded ? 'Share answered within a time' : 'Distribution of latency'}
        readAt={readAt}
        hint={isAdded ? 'share answered within a time' : 'share of all answers in each bin; logarithmic time'}
      />
    </div>
  );
}

const histogram = (bins: DistributionBin[]): Row[] =>
  bins.map((bin) => ({ ...bin, x: (Math.log10(bin.fromMs) + Math.log10(bin.toMs)) / 2 }));

function addedUp(bins: DistributionBin[]): Row[] {
  let [baseline, candidate] = [0, 0];
  return bins.map(({ fromMs, toMs, ...shares }) => {
    baseline += shares.baseline;
    candidate += shares.candidate;
    return { x: Math.log10(toMs), fromMs, toMs, baseline, candidate };
  });
}
