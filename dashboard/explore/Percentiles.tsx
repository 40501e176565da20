'use client';

import { PercentileCurve, percentileMarks } from '@dyno/charts/PercentileCurve';
import { percentileName } from '@dyno/charts/percentileName';
import type { PercentilePoint } from '@dyno/charts/series';
import { change, changeInterval, milliseconds } from '@dyno/lab/format';
import { useMemo, useState } from 'react';
import { Crosshair } from './crosshair.ts';
import { Pointer } from './Pointer.tsx';
import { useShown, useView } from './View.tsx';

interface Curve {
  points: PercentilePoint[];
  objectives: { quantile: number; ms: number }[];
}

export function PercentilesDrawn({ points, objectives }: Curve) {
  const {
    names,
    state: { scale },
  } = useView();
  const shown = useShown();
  return useMemo(
    () => (
      <PercentileCurve points={points} names={names} objectives={objectives} shown={shown} scale={scale} />
    ),
    [points, names, objectives, shown, scale],
  );
}

/** A percentile can be kept under the cross-hair. */
export function PercentilesLayer({ points, objectives }: Curve) {
  const { names, state, set } = useView();
  const { scale } = state;
  const shown = useShown();
  const [crosshair] = useState(() => new Crosshair());
  const places = useMemo(() => points.map(({ x }) => x), [points]);
  const marksOf = useMemo(
    () => percentileMarks(points, objectives, shown, scale),
    [points, objectives, shown, scale],
  );
  const readAt = (index: number): string => {
    const point = points[index];
    if (!point) return '';
    const values = shown.flatMap((side) => {
      const value = point[side];
      return value === null ? [] : [`${names[side]} ${milliseconds(value)}`];
    });
    return [percentileName(point.quantile), ...values, ...ratioWords(point)].join('   ');
  };
  return (
    <Pointer
      crosshair={crosshair}
      places={places}
      domain={[places[0] ?? 0, places.at(-1) ?? 1]}
      label="Latency by percentile"
      readAt={readAt}
      hint="click to keep a percentile"
      marksAt={(index) => {
        const point = points[index];
        return point ? marksOf(point) : [];
      }}
      rest={state.p === null ? null : -Math.log10(1 - state.p / 100)}
      onPin={(x) => {
        const p = Number((100 * (1 - 10 ** -x)).toFixed(4));
        set({ ...state, p: p === state.p ? null : p });
      }}
    />
  );
}

function ratioWords({ ratio }: PercentilePoint): string[] {
  if (!ratio) return [];
  const { estimate, low, high } = ratio;
  return [`${change(estimate)}${low !== null && high !== null ? ` (${changeInterval(low, high)})` : ''}`];
}
