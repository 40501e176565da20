'use client';

import type { OverTime, RoundBand, Side, TimeRow } from '@dyno/charts/series';
import { type ReactElement, type ReactNode, useEffect, useMemo } from 'react';
import { CartesianGrid, ComposedChart, ReferenceArea, XAxis } from 'recharts';
import { isShown } from '../lib/viewState.ts';
import { bareXAxis, clock, clockTicks, type Place, placesOf, roomOf, sides, xAxisStyle } from './axes.ts';
import styles from './ChartFrame.module.css';
import { useDrawnPlaces, useTakeOver } from './ChartFrame.tsx';
import { Marks, Pointer } from './Pointer.tsx';
import { Strip, type StripOfBars } from './Strip.tsx';
import { useTimeAxis } from './TimeAxis.tsx';
import { useView } from './View.tsx';

export interface TimeChartProps {
  title: string;
  hint: string;
  /** A panel per variant: always, where they took turns, or never. */
  panels: 'each' | 'turns' | 'one';
  yAxis: (data: OverTime) => ReactElement;
  /** What the read-out line says of one variant in one row; nothing where it was not measured. */
  valuesOf: (row: TimeRow, side: Side, data: OverTime) => string[];
  /** Places on the curves, as shares of the height from above. */
  marksOf?: (row: TimeRow, side: Side, data: OverTime) => number[];
  layersOf: (shown: Side[], data: OverTime) => ReactNode;
  /** Low panels below. */
  stripsOf?: (data: OverTime) => StripOfBars[];
}

/** What the charts over the run have in common: figures, time axis, windows as background, cross-hair, read-out line, zoom. */
export function TimeChart(props: TimeChartProps) {
  const { data, want } = useTimeAxis();
  useEffect(want, [want]);
  return data ? <Drawn {...props} data={data} /> : null;
}

function Drawn({
  title,
  hint,
  panels,
  yAxis,
  valuesOf,
  marksOf,
  layersOf,
  stripsOf,
  data,
}: TimeChartProps & { data: OverTime }) {
  useTakeOver();
  const { crosshair, part, zoom } = useTimeAxis();
  const { names, state } = useView();
  const [from, to] = part;
  const rows = useMemo(() => rowsWithin(data, [from, to]), [data, from, to]);
  // A row without figures breaks the lines behind a round; nobody points at it.
  const measured = useMemo(() => rows.filter((row) => Object.keys(row).length > 1), [rows]);
  const moments = useMemo(() => measured.map(({ x }) => x), [measured]);
  const shown = sides.filter((side) => isShown(state, side));
  const split = panels === 'each' || (panels === 'turns' && !data.isOverlapping);
  const groups: Side[][] = split ? shown.map((side) => [side]) : [[...shown]];

  const readAt = (index: number): string => {
    const row = measured[index];
    if (!row) return hint;
    const said = shown.map((side) => ({ side, values: valuesOf(row, side, data) }));
    return [
      moment(data.bands, row.x),
      ...said.flatMap(({ side, values }) =>
        values.length === 0 ? [] : [`${names[side]}: ${values.join('  ')}`],
      ),
    ].join('   ');
  };

  const strips = stripsOf?.(data) ?? [];
  const places = placesOf(useDrawnPlaces(), groups.length + strips.length);
  return (
    <div className={styles.panels}>
      {groups.map((group, index) => {
        const isLast = index === places.length - 1;
        const place = places[index];
        if (!place) return null;
        const { style, margin } = roomOf(place, isLast);
        const name = split ? names[group[0] ?? 'baseline'] : null;
        return (
          <div key={group.join()} className={styles.panel} style={style}>
            <ComposedChart
              data={rows}
              margin={margin}
              responsive
              accessibilityLayer={false}
              style={{ width: '100%', height: '100%' }}
              title={name === null ? title : `${title}: ${name}`}
            >
              <CartesianGrid stroke="var(--line)" vertical={false} />
              {bandAreas(data, group)}
              <XAxis
                dataKey="x"
                type="number"
                domain={[from, to]}
                allowDataOverflow
                ticks={clockTicks([from, to])}
                tickFormatter={clock}
                {...(isLast ? xAxisStyle : bareXAxis)}
              />
              {yAxis(data)}
              {layersOf(group, data)}
            </ComposedChart>
            {name === null ? null : <span className={styles.panelName}>{name}</span>}
          </div>
        );
      })}
      {strips.map((strip, index) => {
        const place = places[groups.length + index];
        return place ? <Strip key={strip.name} {...strip} place={place} domain={part} /> : null;
      })}
      {strips.length > 0 ? <ClockBelow place={places.at(-1)} domain={part} /> : null}
      {marksOf
        ? groups.map((group, index) => {
            const place = places[index];
            return place ? (
              <Marks
                key={group.join()}
                crosshair={crosshair}
                places={moments}
                domain={part}
                panel={place}
                marksAt={(at) => {
                  const row = measured[at];
                  return row
                    ? group.flatMap((side) => marksOf(row, side, data).map((y) => ({ side, y })))
                    : [];
                }}
              />
            ) : null;
          })
        : null}
      <Pointer
        crosshair={crosshair}
        places={moments}
        panels={places}
        domain={part}
        label={title}
        readAt={readAt}
        hint={hint}
        onZoom={zoom}
      />
    </div>
  );
}

/** The words of the time axis, where the last panel has none of its own. */
function ClockBelow({ place, domain }: { place: Place | undefined; domain: readonly [number, number] }) {
  if (!place) return null;
  return (
    <div className={styles.clock} style={{ top: place.top + place.height }}>
      {clockTicks(domain).map((tick) => (
        <span key={tick} style={{ left: `${((tick - domain[0]) / (domain[1] - domain[0])) * 100}%` }}>
          {clock(tick)}
        </span>
      ))}
    </div>
  );
}

/** One row more at both ends, so that lines leave the picture. */
function rowsWithin({ rows, bucketSeconds }: OverTime, [from, to]: readonly [number, number]): TimeRow[] {
  return rows.filter(({ x }) => x >= from - bucketSeconds && x <= to + bucketSeconds);
}

/** Windows of the rounds as background; an excluded one says so. Called, not mounted: Recharts looks for its own children. */
function bandAreas({ bands, isOverlapping }: OverTime, group: Side[]) {
  const [first] = group;
  const shown = bands.filter((band) => (isOverlapping ? band.side === first : group.includes(band.side)));
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

function moment(bands: RoundBand[], x: number): string {
  const band = bands.find(({ fromSeconds, toSeconds }) => x >= fromSeconds && x <= toSeconds);
  if (!band) return clock(x);
  return `${clock(x)}  block ${band.block}${x < band.windowSeconds ? ', warm-up' : ''}${band.excluded ? ', excluded' : ''}`;
}
