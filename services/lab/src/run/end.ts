import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { type Identity, membersOf, type ProcessStat, signalAll } from './proc.ts';

/** How long the kernel gets to end what was killed; only a process that hangs in the kernel takes longer. */
const killMs = 10_000;

export interface StopOptions {
  signal: NodeJS.Signals;
  /** How long it may take before SIGKILL; 0 kills at once. */
  graceMs: number;
}

export interface Target {
  what: string;
  known: Identity[];
  mark: string;
}

/** Signal, SIGCONT for those that are stopped, wait for every member, SIGKILL, wait until all are gone. */
export async function end(target: Target, { signal, graceMs }: StopOptions): Promise<void> {
  // One that is ending shows its mark no longer, while it holds its port still.
  const seen: Identity[] = [...target.known];
  const members = () => {
    const found = membersOf({ known: seen, hasMark: (mark) => mark === target.mark });
    seen.push(...found.filter(({ pid }) => !seen.some((one) => one.pid === pid)));
    return found;
  };
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
