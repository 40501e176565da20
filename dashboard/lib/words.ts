import type { Experiment } from '@dyno/contracts/experiment';
import type { OverallVerdict } from '@dyno/contracts/metrics';
import type { Guard, MetricResult } from '@dyno/contracts/report';
import type { Mode, Progress, Round } from '@dyno/contracts/run';
import { change, points } from '@dyno/lab/format';
import { assigns } from '@dyno/lab/sharedLoad';
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
  older: 'older version',
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

/** Whether two identical variants can differ as much on this machine; false without a calibration. */
export function isBelowNoiseFloor({ ratio, noiseFloor }: MetricResult): boolean {
  return ratio !== null && noiseFloor !== null && Math.abs(Math.log(ratio.estimate)) < Math.log1p(noiseFloor);
}

/** What a calibration's floor means on an axis of ratios. */
export function floorInterval(noiseFloor: number | null): { low: number; high: number } | null {
  return noiseFloor === null ? null : { low: 1 / (1 + noiseFloor), high: 1 + noiseFloor };
}

export const modeWords: Readonly<Record<Mode, string>> = {
  isolated: 'isolated mode: one variant at a time, in random order within each block',
  fine: 'fine mode: both variants alive at once, sharing the load',
};

/** How variants that were alive at once shared the load: only a script that assigns draws the variant of each request. */
export function sharingWords(load: Experiment['load'], seed: number): string {
  return assigns(load)
    ? `each request was drawn at random (seed ${seed})`
    : 'each got half of the load from a k6 of its own';
}

const causeWords: Readonly<Record<NonNullable<Round['excluded']>['cause'], string>> = {
  'generator-died': 'The load generator died',
  'generator-saturated': 'The load generator was saturated',
  'service-died': 'The service died',
  'stack-died': 'A part of the stack died',
  clock: 'The clock jumped',
  damaged: 'Samples were damaged',
  port: 'Another process had the port',
  sentinel: "The machine's speed was off",
  steal: 'Another virtual machine took the CPU',
};

export const wordsOfCause = (cause: string): string =>
  new Map<string, string>(Object.entries(causeWords)).get(cause) ?? cause;

/** What the command's exit code says to a script. */
export function exitWords(exitCode: number): string {
  switch (exitCode) {
    case 0:
      return 'the gate is passed';
    case 1:
      return 'the gate failed';
    case 3:
      return 'undecided';
    case 4:
      return 'the run does not count';
    case 99:
      return "the k6 script's own thresholds failed";
    default:
      return 'ended early';
  }
}
