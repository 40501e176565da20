'use client';

import { type ComponentProps, useCallback } from 'react';
import { ChartFrame } from './ChartFrame.tsx';
import { ScaleToggle } from './ScaleToggle.tsx';
import { useTimeAxis } from './TimeAxis.tsx';
import { TimeDrawn, TimeLayer } from './TimeLayer.tsx';
import { type TimeFigures, timeRows } from './timeRows.ts';
import { useView } from './View.tsx';

/** The frame of a chart over time: its file has every bucket that is drawn, its table a row per round. */
export function TimeFrame({
  figures,
  hint,
  drawn,
  ...frame
}: Omit<ComponentProps<typeof ChartFrame>, 'layer' | 'csv' | 'controls'> & {
  figures: TimeFigures;
  hint: string;
}) {
  const { names } = useView();
  const { loaded, part } = useTimeAxis();
  const csv = useCallback(async () => {
    const data = await loaded();
    if (!data) throw new Error('The figures could not be read; reload the page.');
    return timeRows(data, figures, names, part);
  }, [loaded, figures, names, part]);
  return (
    <ChartFrame
      {...frame}
      level={3}
      csv={csv}
      drawn={<TimeDrawn figures={figures} served={drawn} />}
      layer={<TimeLayer figures={figures} hint={hint} />}
      controls={figures === 'latency' ? <ScaleToggle /> : undefined}
    />
  );
}
