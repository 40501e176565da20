'use client';

import type { OverTime, RoundBand, Side, TimeRow } from '@dyno/charts/series';
import type { ReactElement, ReactNode } from 'react';
import { CartesianGrid, ComposedChart, ReferenceArea, Tooltip, XAxis } from 'recharts';
import { axisStyle, Frame, margin, type Names, Readout, sides } from './Frame.tsx';

/** Charts of one run share their rows, so a cross-hair at one index is right in all. */
const syncId = 'run';

/** What the three charts over the run have in common: time axis, windows as background, cross-hair, read-out line. */
export function TimeChart({
  data,
  rows = data.rows,
  names,
  title,
  hint,
  height,
  yAxis,
  valuesOf,
  children,
}: {
  data: OverTime;
  rows?: TimeRow[];
  names: Names;
  title: string;
  hint: string;
  height: number;
  yAxis: ReactElement;
  /** What the read-out line says of one variant in one row; nothing where it was not measured. */
  valuesOf: (row: Readonly<Record<string, unknown>>, side: Side) => string[];
  children: ReactNode;
}) {
  return (
    <Frame names={names} hint={hint}>
      {(readout) => (
        <ComposedChart
          data={rows}
          syncId={syncId}
          margin={margin}
          responsive
          style={{ width: '100%', height }}
          title={title}
        >
          <CartesianGrid stroke="var(--line)" vertical={false} />
          {bandAreas(data)}
          <XAxis
            dataKey="x"
            type="number"
            domain={[0, 'dataMax']}
            ticks={clockTicks(data.bands)}
            tickFormatter={clock}
            tick={axisStyle}
            stroke="var(--line-strong)"
          />
          {yAxis}
          {children}
          <Tooltip
            portal={readout}
            isAnimationActive={false}
            cursor={{ stroke: 'var(--ink-3)' }}
            content={({ active, payload, label }) => {
              const row = payload[0]?.payload;
              if (!active || !row) return null;
              const said = sides.map((side) => ({ side, values: valuesOf(row, side) }));
              // With both variants at one moment each value needs its owner.
              const both = said.every(({ values }) => values.length > 0);
              const values = said.flatMap(({ side, values }) =>
                both ? [`${names[side]}: ${values.join('  ')}`] : values,
              );
              return <Readout parts={[moment(data.bands, Number(label)), ...values]} />;
            }}
          />
        </ComposedChart>
      )}
    </Frame>
  );
}

/** Windows of the rounds as background; an excluded one says so. Called, not mounted: Recharts looks for its own children. */
function bandAreas({ bands, isOverlapping }: OverTime) {
  const shown = isOverlapping ? bands.filter((band) => band.side === 'baseline') : bands;
  return shown.map((band) => (
    <ReferenceArea
      key={band.round}
      x1={band.windowSeconds}
      x2={band.toSeconds}
      fill={band.excluded ? 'var(--line-strong)' : isOverlapping ? 'var(--ink-3)' : `var(--${band.side})`}
      fillOpacity={band.excluded ? 0.5 : 0.07}
      stroke="none"
      ifOverflow="hidden"
      {...(band.excluded
        ? { label: { value: 'excluded', position: 'insideTop', fontSize: 11, fill: 'var(--ink-2)' } }
        : {})}
    />
  ));
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Round steps of time, at most about seven of them. */
function clockTicks(bands: RoundBand[]): number[] {
  const end = bands.at(-1)?.toSeconds ?? 0;
  const step = [10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((size) => end / size <= 8) ?? 7200;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}

function moment(bands: RoundBand[], x: number): string {
  const band = bands.find(({ fromSeconds, toSeconds }) => x >= fromSeconds && x <= toSeconds);
  if (!band) return clock(x);
  return `${clock(x)}  block ${band.block}${x < band.windowSeconds ? ', warm-up' : ''}${band.excluded ? ', excluded' : ''}`;
}
