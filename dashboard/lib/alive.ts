import { readFile } from 'node:fs/promises';
import type { Progress } from '@dyno/contracts/run';

/** A run whose process cannot be seen (as from inside a container) still lives if it spoke this lately. */
const silenceMsMax = 5_000;

/** Whether the process that writes this run's progress still lives. */
export async function isAlive(progress: Progress, nowMs = Date.now()): Promise<boolean> {
  const updatedMs = Date.parse(progress.updatedAt);
  if (Math.abs(nowMs - updatedMs) < silenceMsMax) return true;
  try {
    process.kill(progress.pid, 0);
  } catch (error) {
    // EPERM: it lives, as another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const startedMs = await startOf(progress.pid);
  // A process that began after the last word of the run has only inherited its number.
  return startedMs === null || startedMs <= updatedMs + 2_000;
}

/** Linux gives the start in ticks (of 10 ms) since boot: field 22, counted after the last bracket. Elsewhere null. */
async function startOf(pid: number): Promise<number | null> {
  try {
    const [processStat, machineStat] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/stat', 'utf8'),
    ]);
    const ticks = Number(processStat.slice(processStat.lastIndexOf(')') + 2).split(' ')[19]);
    const bootSeconds = Number(/^btime (\d+)$/m.exec(machineStat)?.[1]);
    return Number.isFinite(ticks + bootSeconds) ? bootSeconds * 1000 + ticks * 10 : null;
  } catch {
    return null;
  }
}
