import { digits } from '@dyno/lab/format';
import type { ReactElement, ReactNode } from 'react';
import { across, type PlotAxis, plot } from './plot.ts';
import { type Stacked, type StackProps, stackPanels, stackWords } from './stack.ts';
import { exclusionWords, timeAxis } from './time.ts';

/** Cores in use, stacked by process, up to what the machine has. */
export function CpuOverTime(props: StackProps): ReactElement {
  const { data, part = null } = props;
  const { machineCores } = data;
  const how: Stacked = { what: 'Cpu', label: cores, base: 10, least: machineCores ?? 0.1 };
  const x = timeAxis(data, part);
  const machine = (y: PlotAxis, height: number): ReactNode =>
    machineCores === null ? null : across('machine', (1 - y.at(machineCores)) * height, 'goal');
  const note = machineCores === null ? undefined : `machine: ${cores(machineCores)}`;
  return plot({
    title: 'CPU by process over the run',
    summary: `${stackWords(props, how)}.${exclusionWords(data)}`,
    panels: stackPanels(props, x, how, machine, note),
    x,
  });
}

const cores = (value: number): string => (value === 1 ? '1 core' : `${digits(value)} cores`);
