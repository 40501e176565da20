'use client';

import type { RoundBand } from '@dyno/charts/series';
import { clock } from '@dyno/charts/time';
import { type ReactNode, useEffect, useMemo } from 'react';
import { Pointer } from './Pointer.tsx';
import { useTimeAxis } from './TimeAxis.tsx';
import { timeCharts } from './timeCharts.ts';
import type { TimeFigures } from './timeRows.ts';
import { useView } from './View.tsx';

/** What the server has drawn, until the reader wants to see a part, a variant or another scale: then the same drawing, made here. */
export function TimeDrawn({ figures, served }: { figures: TimeFigures; served: ReactNode }) {
  const {
    names: { baseline, candidate },
  } = useView();
  const { data, part, shown, scale, isServed } = useTimeAxis();
  const { Drawing } = timeCharts[figures];
  return useMemo(
    () =>
      data && !isServed ? (
        <Drawing data={data} names={{ baseline, candidate }} part={part} shown={shown} scale={scale} />
      ) : (
        served
      ),
    [Drawing, data, baseline, candidate, part, shown, scale, isServed, served],
  );
}

/** Cross-hair, read-out line and zoom of a chart over time. */
export function TimeLayer({ figures, hint }: { figures: TimeFigures; hint: string }) {
  const { names } = useView();
  const { crosshair, data, part, shown, scale, want, zoom } = useTimeAxis();
  useEffect(want, [want]);
  const { title, valuesOf, marksOf } = timeCharts[figures];
  const rows = useMemo(
    // A row without figures breaks the lines behind a round; nobody points at it.
    () =>
      data?.rows.filter((row) => row.x >= part[0] && row.x <= part[1] && Object.keys(row).length > 1) ?? [],
    [data, part],
  );
  const places = useMemo(() => rows.map(({ x }) => x), [rows]);
  const marks = useMemo(() => data && marksOf({ data, shown, scale }), [marksOf, data, shown, scale]);
  if (!data) return null;
  const readAt = (index: number): string => {
    const row = rows[index];
    if (!row) return hint;
    const said = shown.flatMap((side) => {
      const values = valuesOf(row, side, data);
      return values.length === 0 ? [] : [`${names[side]}: ${values.join('  ')}`];
    });
    return [momentOf(data.bands, row.x), ...said].join('   ');
  };
  return (
    <Pointer
      crosshair={crosshair}
      places={places}
      domain={part}
      label={title}
      readAt={readAt}
      hint={hint}
      marksAt={(index) => {
        const row = rows[index];
        return row && marks ? marks(row) : [];
      }}
      onZoom={zoom}
    />
  );
}

function momentOf(bands: RoundBand[], x: number): string {
  const band = bands.find(({ fromSeconds, toSeconds }) => x >= fromSeconds && x <= toSeconds);
  if (!band) return clock(x);
  return `${clock(x)}  block ${band.block}${x < band.windowSeconds ? ', warm-up' : ''}${band.excluded ? ', excluded' : ''}`;
}
