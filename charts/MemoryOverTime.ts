import { bytes } from '@dyno/lab/format';
import type { ReactElement } from 'react';
import { plot } from './plot.ts';
import type { OverTime } from './series.ts';
import { type Stacked, stackPanels, stackWords } from './stack.ts';
import { exclusionWords, timeAxis } from './time.ts';

const how: Stacked = { what: 'Rss', label: bytes, base: 2, least: 2 ** 20 };

/** Resident memory, stacked by process. What serves both variants at once is in the panel of each. */
export function MemoryOverTime({
  data,
  names,
  part = null,
}: {
  data: OverTime;
  names: { baseline: string; candidate: string };
  part?: readonly [number, number] | null;
}): ReactElement {
  const x = timeAxis(data, part);
  return plot({
    title: 'Memory by process over the run',
    summary: `${stackWords(data, names, how)}.${exclusionWords(data)}`,
    panels: stackPanels(data, names, x, how),
    x,
  });
}
