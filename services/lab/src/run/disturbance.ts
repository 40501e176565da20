import type { PlanFile, Round } from '@dyno/contracts/run';
import { sentinelsOff } from '../statistics/sentinel.ts';
import { isOfLength } from '../statistics/windowLength.ts';

type Planned = Pick<PlanFile, 'mode'> & { plan: Pick<PlanFile['plan'], 'windowSeconds'> };
type Measured = Pick<Round, 'load' | 'machine' | 'window' | 'usage' | 'sentinel'>;

/** Other virtual machines took more than this share of the CPU: what is left is another machine. */
const stealShareMax = 0.05;
/** A disturbance that comes again in the same block, or so often in a run, is no accident but this machine; the guards judge that. */
const repeatsPerBlock = 1;
const repeatsPerRun = 4;
/** Why {@link disturbance} excludes a round. */
export const disturbances: readonly string[] = ['steal', 'window', 'generator-saturated', 'sentinel'];

/**
 * What disturbed a round that went well otherwise, by causes that are not its outcome: whether it was slow is never
 * asked. Null where it counts.
 */
export function disturbance(
  round: Measured,
  before: readonly Round[],
  block: number,
  { mode, plan }: Planned,
): Round['excluded'] {
  const earlier = new Map(
    before
      .filter(({ excluded }) => excluded && disturbances.includes(excluded.cause))
      .map((one) => [one.startedAt, one]),
  );
  const ofBlock = [...earlier.values()].filter((one) => one.block === block);
  // One such window that counts is no run: whatever else has disturbed this block, it has its turn.
  const late = overlong(round, plan.windowSeconds);
  if (late && !ofBlock.some(({ excluded }) => excluded?.cause === late.cause)) return late;
  if (ofBlock.length >= repeatsPerBlock || earlier.size >= repeatsPerRun) return null;
  // While both are alive a slow moment meets both alike: the sentinel has nothing to say about their ratio.
  return stolen(round) ?? saturated(round) ?? (mode === 'isolated' ? offSpeed(round, before) : null);
}

function stolen({ machine, window }: Measured): Round['excluded'] {
  const share = machine.stealCpuSeconds / ((machine.cores * window.durationMs) / 1000);
  if (share <= stealShareMax) return null;
  const detail = `other virtual machines took ${(share * 100).toFixed(0)} % of the CPU in the window`;
  return { cause: 'steal', detail };
}

/** The lab was stopped or got no CPU when it wanted to end the window. */
function overlong({ window }: Measured, windowSeconds: number): Round['excluded'] {
  if (isOfLength(window, windowSeconds)) return null;
  const seconds = (window.durationMs / 1000).toFixed(2);
  return { cause: 'window', detail: `the window was ${seconds} s long instead of ${windowSeconds} s` };
}

/** k6 at a core, or at half of a large machine, is late with its requests and takes the service's CPU. */
function saturated({ load, machine, window, usage }: Measured): Round['excluded'] {
  const cause = 'generator-saturated';
  if (load.droppedIterations > 0) {
    return { cause, detail: `k6 could not start ${load.droppedIterations} iterations in time` };
  }
  const used = usage.find(({ process }) => process === 'k6')?.cpuSeconds ?? 0;
  const cores = used / (window.durationMs / 1000);
  if (cores < Math.max(1, machine.cores / 2)) return null;
  return { cause, detail: `k6 used ${cores.toFixed(1)} of ${machine.cores} cores` };
}

function offSpeed({ sentinel }: Measured, before: readonly Round[]): Round['excluded'] {
  if (!sentinel) return null;
  const earlier = before.flatMap((one) => one.sentinel?.cpuMs ?? []);
  if (!sentinelsOff([...earlier, sentinel.cpuMs]).includes(earlier.length)) return null;
  const detail = `a fixed amount of work took ${sentinel.cpuMs.toFixed(1)} ms of CPU just before it, unlike before the other rounds`;
  return { cause: 'sentinel', detail };
}
