'use client';

import { ReferenceArea } from 'recharts';
import type { RoundBand } from '../lib/series.ts';

/** Windows of the rounds as background; an excluded one says so. Called, not mounted: Recharts looks for its own children. */
export function bandAreas(bands: RoundBand[]) {
  return bands.map((band) => (
    <ReferenceArea
      key={band.round}
      x1={band.windowSeconds}
      x2={band.toSeconds}
      fill={band.excluded ? 'var(--line-strong)' : `var(--${band.side})`}
      fillOpacity={band.excluded ? 0.5 : 0.07}
      stroke="none"
      ifOverflow="hidden"
      {...(band.excluded ? { label: { value: 'excluded', fontSize: 11, fill: 'var(--ink-2)' } } : {})}
    />
  ));
}
