import { bytes } from '@dyno/lab/format';
import type { ReactElement } from 'react';
import { plot } from './plot.ts';
import { type Stacked, type StackProps, stackPanels, stackWords } from './stack.ts';
import { exclusionWords, timeAxis } from './time.ts';

const how: Stacked = { what: 'Rss', label: bytes, base: 2, least: 2 ** 20 };

/** Resident memory, stacked by process. What serves both variants at once is in the panel of each. */
export function MemoryOverTime(props: StackProps): ReactElement {
  const { data, part = null } = props;
  const x = timeAxis(data, part);
  return plot({
    title: 'Memory by process over the run',
    summary: `${stackWords(props, how)}.${exclusionWords(data)}`,
    panels: stackPanels(props, x, how),
    x,
  });
}
