'use client';

import { percentileName } from '@dyno/charts/percentileName';
import { logDomain, ratioTicksWithin, ticksWithin } from '@dyno/charts/scale';
import type { PercentilePoint } from '@dyno/charts/series';
import { change, changeInterval, milliseconds } from '@dyno/lab/format';
import { useState } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ReferenceLine, XAxis, YAxis } from 'recharts';
import { isShown } from '../lib/viewState.ts';
import {
  bareXAxis,
  heightOf,
  linearTicks,
  lineOf,
  type Place,
  placesOf,
  roomOf,
  sides,
  xAxisStyle,
  yAxisStyle,
} from './axes.ts';
import styles from './ChartFrame.module.css';
import { useDrawnPlaces, useTakeOver } from './ChartFrame.tsx';
import { Crosshair } from './crosshair.ts';
import { Marks, Pointer } from './Pointer.tsx';
import { useView } from './View.tsx';

const quantiles = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
const place = (quantile: number): number => -Math.log10(1 - quantile);

/** The whole distribution, the slowest tenth, hundredth, thousandth with equal room; below it, candidate over baseline. */
export function Percentiles({
  points,
  objectives,
}: {
  points: PercentilePoint[];
  objectives: { quantile: number; ms: number }[];
}) {
  useTakeOver();
  const { names, state, set } = useView();
  const [crosshair] = useState(() => new Crosshair());
  const { scale } = state;
  const shown = sides.filter((side) => isShown(state, side));
  const hasRatio = shown.length === 2 && points.some(({ ratio }) => ratio !== null);
  const domain: [number, number] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 1];
  const places = points.map(({ x }) => x);
  const y = latencyDomain(
    points,
    objectives.map(({ ms }) => ms),
    scale,
  );
  const pinned = state.p === null ? null : place(state.p / 100);
  const readAt = (index: number): string => {
    const point = points[index];
    if (!point) return '';
    const { ratio } = point;
    return [
      percentileName(point.quantile),
      ...shown.flatMap((side) => {
        const value = point[side];
        return value === null ? [] : [`${names[side]} ${milliseconds(value)}`];
      }),
      ...(ratio
        ? [
            `${change(ratio.estimate)}${ratio.low !== null && ratio.high !== null ? ` (${changeInterval(ratio.low, ratio.high)})` : ''}`,
          ]
        : []),
    ].join('   ');
  };
  const panels = placesOf(useDrawnPlaces(), hasRatio ? 2 : 1);
  const [upper, lower] = panels;
  if (!upper) return null;
  const room = roomOf(upper, !lower);
  return (
    <div className={styles.panels}>
      <div className={styles.panel} style={room.style}>
        <ComposedChart
          data={points}
          margin={room.margin}
          responsive
          accessibilityLayer={false}
          style={{ width: '100%', height: '100%' }}
          title="Latency by percentile"
        >
          <CartesianGrid stroke="var(--line)" />
          {percentileAxis(domain, !lower)}
          <YAxis
            scale={scale}
            domain={y}
            ticks={scale === 'log' ? ticksWithin(...y) : linearTicks(y[1])}
            allowDataOverflow
            tickFormatter={milliseconds}
            {...yAxisStyle}
          />
          {shown.map((side) => (
            <Area
              key={`${side} band`}
              dataKey={`${side}Band`}
              fill={`var(--${side})`}
              fillOpacity={0.18}
              stroke="none"
              isAnimationActive={false}
              activeDot={false}
            />
          ))}
          {/* The dashes lie on top, so that two equal curves are both seen. */}
          {shown.toReversed().map((side) => (
            <Line
              key={side}
              dataKey={side}
              {...lineOf[side]}
              dot={false}
              connectNulls
              isAnimationActive={false}
              activeDot={false}
            />
          ))}
          {objectives.map(({ quantile, ms }) => (
            <ReferenceLine
              key={quantile}
              y={ms}
              stroke="var(--ink-2)"
              strokeDasharray="1.5 3"
              label={{
                value: `goal: ${percentileName(quantile)} below ${milliseconds(ms)}`,
                position: 'insideBottomLeft',
                fontSize: 12,
                fill: 'var(--ink-3)',
              }}
            />
          ))}
        </ComposedChart>
      </div>
      <Marks
        crosshair={crosshair}
        places={places}
        domain={domain}
        rest={pinned}
        panel={upper}
        marksAt={(index) =>
          shown.flatMap((side) => {
            const value = points[index]?.[side];
            return typeof value === 'number' ? [{ side, y: heightOf(scale, y)(value) }] : [];
          })
        }
      />
      {lower ? <RatioPanel points={points} domain={domain} place={lower} /> : null}
      <Pointer
        crosshair={crosshair}
        places={places}
        panels={panels}
        domain={domain}
        label="Latency by percentile"
        readAt={readAt}
        hint={`${scale === 'log' ? 'logarithmic' : 'linear, from 0'}; click to keep a percentile`}
        rest={pinned}
        onPin={(x) => {
          const p = Number((100 * (1 - 10 ** -x)).toFixed(4));
          set({ ...state, p: p === state.p ? null : p });
        }}
      />
    </div>
  );
}

/** The shift function as a ratio: where in the distribution the change is. */
function RatioPanel({
  points,
  domain,
  place: at,
}: {
  points: PercentilePoint[];
  domain: [number, number];
  place: Place;
}) {
  const rows = points.map(({ x, ratio }) => ({
    x,
    ratio: ratio?.estimate ?? null,
    band: ratio && ratio.low !== null && ratio.high !== null ? [ratio.low, ratio.high] : null,
  }));
  const bounds = rows.flatMap(({ ratio, band }) => [ratio ?? 1, ...(band ?? [])]);
  const room = Math.max(1.02, (Math.max(1, ...bounds) / Math.min(1, ...bounds)) ** 0.08);
  const least = Math.min(1, ...bounds) / room;
  const most = Math.max(1, ...bounds) * room;
  const ticks = ratioTicksWithin(least, most, 4);
  const { style, margin } = roomOf(at, true);
  return (
    <div className={styles.panel} style={style}>
      <span className={styles.panelName}>Change at each percentile</span>
      <ComposedChart
        data={rows}
        margin={margin}
        responsive
        accessibilityLayer={false}
        style={{ width: '100%', height: '100%' }}
        title="Change at each percentile"
      >
        <CartesianGrid stroke="var(--line)" />
        {percentileAxis(domain, true)}
        <YAxis
          scale="log"
          domain={[least, most]}
          ticks={ticks.map(({ ratio }) => ratio)}
          allowDataOverflow
          tickFormatter={(ratio: number) => ticks.find((tick) => tick.ratio === ratio)?.label ?? ''}
          {...yAxisStyle}
        />
        <ReferenceLine y={1} stroke="var(--baseline)" strokeDasharray="4 3" />
        <Area
          dataKey="band"
          fill="var(--candidate)"
          fillOpacity={0.18}
          stroke="none"
          isAnimationActive={false}
          activeDot={false}
        />
        <Line dataKey="ratio" {...lineOf.candidate} dot={false} isAnimationActive={false} activeDot={false} />
      </ComposedChart>
    </div>
  );
}

function percentileAxis([start, end]: [number, number], isLabelled: boolean) {
  return (
    <XAxis
      dataKey="x"
      type="number"
      domain={[start, end]}
      ticks={quantiles.map(place).filter((x) => x >= start - 0.001 && x <= end + 0.001)}
      tickFormatter={(x: number) => percentileName(1 - 10 ** -x)}
      {...(isLabelled ? xAxisStyle : bareXAxis)}
    />
  );
}

function latencyDomain(
  points: PercentilePoint[],
  goals: number[],
  scale: 'log' | 'linear',
): [number, number] {
  const values = points.flatMap(({ baseline, candidate, baselineBand, candidateBand }) => [
    baseline ?? 0,
    candidate ?? 0,
    ...(baselineBand ?? []),
    ...(candidateBand ?? []),
  ]);
  const [least, most] = logDomain([...values, ...goals]);
  return scale === 'log' ? [least, most] : [0, most];
}
