import type { OverallVerdict } from '@dyno/contracts/metrics';
import type { Guard, MetricResult } from '@dyno/contracts/report';
import type { Progress } from '@dyno/contracts/run';
import { change, points } from '@dyno/lab/format';
import type { RunState } from './results.ts';

/** A mark beside each word, so that colour never carries the verdict alone. */
export const verdictMarks: Readonly<Record<OverallVerdict, string>> = {
  improved: '✓',
  regressed: '✕',
  equivalent: '=',
  inconclusive: '?',
  mixed: '±',
  invalid: '!',
};

export const guardMarks: Readonly<Record<Guard['status'], string>> = { pass: '✓', warn: '!', fail: '✕' };

export const stageWords: Readonly<Record<Progress['stage'], string>> = {
  stack: 'Starting the stack',
  start: 'Starting the service',
  warmup: 'Warming up',
  window: 'Measuring',
  statistics: 'Computing',
  trace: 'Tracing',
  profile: 'Profiling',
  report: 'Writing the report',
  done: 'Done',
};

export const stateWords: Readonly<Record<RunState, string>> = {
  running: 'running',
  finished: 'finished',
  interrupted: 'interrupted',
  crashed: 'crashed',
  failed: 'failed',
  incomplete: 'incomplete',
  unreadable: 'unreadable',
};

export const resumeCommand = (id: string): string => `npx dyno run --resume ${id}`;
export const firstCommands = ['npm start', 'npx dyno run experiments/products.ts'] as const;

/** Whether the interval of the change leaves no change out. */
export function isCertain(metric: MetricResult): boolean {
  return metric.verdict === 'improved' || metric.verdict === 'regressed';
}

/** The change, with `~` before one whose interval includes no change. */
export function markedChange(metric: MetricResult): string {
  const mark = isCertain(metric) ? '' : '~\u00a0';
  if (metric.ratio) return `${mark}${change(metric.ratio.estimate)}`;
  return metric.difference ? `${mark}${points(metric.difference.estimate)}` : '–';
}
