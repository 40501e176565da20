import type { Report } from '@dyno/contracts/report';
import { cutOffMessage, type PlanFile, type Progress } from '@dyno/contracts/run';
import { isAlive } from './alive.ts';
import type { Problem } from './runJson.ts';

/**
 * Where a run stands. `crashed`: its files say running, its process is gone. `incomplete`: it ended without a report and did not
 * say why. `older`: an older version of Dyno made it. `unreadable`: not even the plan can be read.
 */
export const runStates = [
  'running',
  'finished',
  'interrupted',
  'crashed',
  'failed',
  'incomplete',
  'older',
  'unreadable',
] as const;
export type RunState = (typeof runStates)[number];

export async function stateOf(
  progress: Progress | null,
  plan: PlanFile | null,
  report: Report | null,
  problems: Problem[],
): Promise<RunState> {
  const written = writtenState(progress, plan, report, problems);
  return written === 'running' && progress ? livingState(progress) : written;
}

/** Files may say running long after the process is gone. */
export async function livingState(progress: Progress): Promise<RunState> {
  return (await isAlive(progress)) ? 'running' : 'crashed';
}

/** What the files alone say. */
export function writtenState(
  progress: Progress | null,
  plan: PlanFile | null,
  report: Report | null,
  problems: Problem[],
): RunState {
  if (progress?.state === 'running') return 'running';
  // A later command has found it dead and said so.
  if (progress?.state === 'interrupted' && progress.message.startsWith(cutOffMessage)) return 'crashed';
  if (progress?.state === 'interrupted' || progress?.state === 'failed') return progress.state;
  if (report) return 'finished';
  if (problems.some((problem) => problem.isOlder)) return 'older';
  if (problems.some((problem) => problem.file === 'report.json')) return 'unreadable';
  if (plan || progress) return 'incomplete';
  if (problems.length === 0)
    problems.push({
      file: 'plan.json',
      message: 'does not exist: this folder is not a run',
      isOlder: false,
    });
  return 'unreadable';
}
