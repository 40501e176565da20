'use client';

import { Distribution, distributionMarks } from '@dyno/charts/Distribution';
import type { DistributionBin } from '@dyno/charts/series';
import { milliseconds, percent } from '@dyno/lab/format';
import { useMemo, useState } from 'react';
import { Crosshair } from './crosshair.ts';
import { Pointer } from './Pointer.tsx';
import { useShown, useView } from './View.tsx';

export function DistributionDrawn({ bins }: { bins: DistributionBin[] }) {
  const { names } = useView();
  const kind = useKind();
  const shown = useShown();
  return useMemo(
    () => <Distribution bins={bins} names={names} kind={kind} shown={shown} />,
    [bins, names, kind, shown],
  );
}

/** Which share of the answers took how long; or, added up, which share was there within a time. */
export function DistributionLayer({ bins }: { bins: DistributionBin[] }) {
  const { names } = useView();
  const kind = useKind();
  const shown = useShown();
  const isAdded = kind === 'cumulative';
  const [crosshair] = useState(() => new Crosshair());
  const rows = useMemo(() => (isAdded ? addedUp(bins) : bins), [bins, isAdded]);
  const places = useMemo(
    () => bins.map(({ fromMs, toMs }) => (isAdded ? Math.log10(toMs) : Math.log10(fromMs * toMs) / 2)),
    [bins, isAdded],
  );
  const marksOf = useMemo(() => distributionMarks(bins, kind, shown), [bins, kind, shown]);
  const readAt = (index: number): string => {
    const row = rows[index];
    if (!row) return '';
    const where = isAdded
      ? `within ${milliseconds(row.toMs)}`
      : `${milliseconds(row.fromMs)} to ${milliseconds(row.toMs)}`;
    return [where, ...shown.map((side) => `${names[side]} ${percent(row[side])}`)].join('   ');
  };
  return (
    <Pointer
      crosshair={crosshair}
      places={places}
      domain={[Math.log10(bins[0]?.fromMs ?? 1), Math.log10(bins.at(-1)?.toMs ?? 10)]}
      label={isAdded ? 'Share answered within a time' : 'Distribution of latency'}
      readAt={readAt}
      hint={isAdded ? 'share answered within a time' : 'share of all answers in each bin; logarithmic time'}
      marksAt={(index) => {
        const row = rows[index];
        return row ? marksOf(row) : [];
      }}
    />
  );
}

const useKind = () => (useView().state.show.includes('ecdf') ? 'cumulative' : 'histogram');

function addedUp(bins: DistributionBin[]): DistributionBin[] {
  let [baseline, candidate] = [0, 0];
  return bins.map(({ fromMs, toMs, ...shares }) => {
    baseline += shares.baseline;
    candidate += shares.candidate;
    return { fromMs, toMs, baseline, candidate };
  });
}
