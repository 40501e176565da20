import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { type Identity, membersOf, type ProcessStat, signalAll } from './proc.ts';

const defaultGraceMs = 5_000;
/** How long the kernel gets to end what was killed; only a process that hangs in the kernel takes longer. */
const killMs = 10_000;

export interface Target {
  what: string;
  known: Identity[];
  mark: string;
}

/** Signal, SIGCONT for those that are stopped, wait for every member, SIGKILL, wait until all are gone. A grace of 0 kills at once. */
export async function end(
  target: Target,
  options: { signal?: NodeJS.Signals; graceMs?: number } = {},
): Promise<void> {
  const { signal = 'SIGTERM', graceMs = defaultGraceMs } = options;
  const members = () => membersOf({ known: target.known, hasMark: (mark) => mark === target.mark });
  if (graceMs > 0) {
    const first = members();
    signalAll(first, target.known, signal);
    signalAll(first, target.known, 'SIGCONT');
    if (await gone(members, graceMs)) return;
  }
  const killed = await gone(() => {
    const left = members();
    signalAll(left, target.known, 'SIGKILL');
    return left;
  }, killMs);
  if (killed) return;
  const names = members().map((one) => `${one.pid} (${one.command}, state ${one.state})`);
  throw new DynoError(
    `${target.what} could not be killed: process ${names.join(', ')} hangs in the kernel or belongs to another user.`,
    exitCodes.invalid,
  );
}

async function gone(members: () => ProcessStat[], withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (let waitMs = 2; members().length > 0; waitMs = Math.min(waitMs * 2, 50)) {
    if (performance.now() > deadline) return false;
    await pause(waitMs);
  }
  return true;
}
