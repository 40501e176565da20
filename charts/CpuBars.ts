import { digits, milliseconds } from '@dyno/lab/format';
import { createElement as h, type ReactElement, type ReactNode } from 'react';
import { VariantLabel } from './VariantLabel.ts';

interface Bar {
  side: 'baseline' | 'candidate';
  name: string;
  parts: { process: string; ms: number }[];
  totalMs: number;
}

const steps = 5;

/** CPU ms of one request as a bar per variant, by process; a much shorter bar is drawn again, magnified, on its own axis. */
export function CpuBars({
  names,
  cpuMsPerRequest,
}: {
  names: { baseline: string; candidate: string };
  cpuMsPerRequest: { baseline: Record<string, number>; candidate: Record<string, number> };
}): ReactElement {
  const processes = [
    ...new Set([...Object.keys(cpuMsPerRequest.baseline), ...Object.keys(cpuMsPerRequest.candidate)]),
  ];
  const bars = (['baseline', 'candidate'] as const).map((side): Bar => {
    const parts = processes.map((process) => ({ process, ms: cpuMsPerRequest[side][process] ?? 0 }));
    return { side, name: names[side], parts, totalMs: parts.reduce((sum, part) => sum + part.ms, 0) };
  });
  const longest = Math.max(...bars.map((bar) => bar.totalMs), 1e-9);
  const shorter = bars.find((bar) => bar.totalMs > 0 && bar.totalMs < longest / 8);
  const factor = shorter ? roundDown(longest / shorter.totalMs) : 1;
  return h(
    'div',
    { className: 'chart-cpu' },
    bars.map((bar) => row(bar, 100 / longest, h(VariantLabel, { side: bar.side, name: bar.name }), bar.side)),
    shorter
      ? row(shorter, (100 / longest) * factor, `the same, magnified ×${digits(factor)}`, 'magnified')
      : null,
    tableOf(bars, processes),
  );
}

function row(bar: Bar, scale: number, title: ReactNode, key: string): ReactElement {
  return h(
    'div',
    { key, className: 'chart-cpu-row' },
    h('div', { className: 'chart-cpu-title' }, title),
    h(
      'div',
      { className: 'chart-cpu-track' },
      bar.parts.map((part, index) =>
        h('span', {
          key: part.process,
          className: 'chart-cpu-part',
          'data-side': bar.side,
          style: { width: `${part.ms * scale}%`, background: colour(bar.side, index) },
          title: `${part.process} ${milliseconds(part.ms)}`,
        }),
      ),
      h('span', { className: 'chart-cpu-total' }, milliseconds(bar.totalMs)),
    ),
  );
}

function tableOf(bars: Bar[], processes: string[]): ReactElement {
  return h(
    'table',
    { className: 'chart-cpu-table' },
    h('caption', { className: 'visually-hidden' }, 'CPU milliseconds of one request by process'),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        h('th', { scope: 'col' }, 'Process'),
        bars.map((bar) => h('th', { scope: 'col', key: bar.side }, bar.name)),
      ),
    ),
    h(
      'tbody',
      null,
      processes.map((process, index) =>
        h(
          'tr',
          { key: process },
          h('th', { scope: 'row' }, swatches(bars, index), process),
          bars.map((bar) => h('td', { key: bar.side }, milliseconds(bar.parts[index]?.ms ?? 0))),
        ),
      ),
    ),
  );
}

function swatches(bars: Bar[], index: number): ReactElement {
  return h(
    'span',
    { className: 'chart-cpu-swatches', 'aria-hidden': true },
    bars.map((bar) =>
      h('i', { key: bar.side, style: { background: colour(bar.side, index) }, 'data-side': bar.side }),
    ),
  );
}

function colour(side: Bar['side'], index: number): string {
  return `var(--${side}-${Math.min(index + 1, steps)})`;
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return Math.max(1, [5, 2, 1].map((step) => step * power).find((step) => step <= value) ?? 1);
}
