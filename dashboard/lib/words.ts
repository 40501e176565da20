import type { Progress } from '@dyno/contracts/run';
import { verdictMarks } from '@dyno/lab/words';
import type { OutcomeWord } from './runList.ts';
import type { RunState } from './runState.ts';

/** What a report says is worded once, for pages and files. */
export {
  exitWords,
  floorInterval,
  guardMarks,
  isBelowNoiseFloor,
  isCertain,
  markedChange,
  modeWords,
  sharingWords,
  verdictMarks,
  wordsOfCause,
} from '@dyno/lab/words';

export const stageWords: Readonly<Record<Progress['stage'], string>> = {
  stack: 'Preparing',
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

/** A run without a verdict has no mark of its own. */
export const outcomeMark = (word: OutcomeWord): string =>
  new Map<string, string>(Object.entries(verdictMarks)).get(word) ?? '·';

export const outcomeTitle = (word: OutcomeWord): string =>
  new Map<string, string>(Object.entries(stateWords)).get(word) ?? word;

export const resumeCommand = (id: string): string => `npx dyno run --resume ${id}`;
export const firstCommands = ['npm start', 'npx dyno run experiments/products.ts'] as const;
