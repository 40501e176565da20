import type { Plan } from '@dyno/contracts/experiment';
import type { Mode } from '@dyno/contracts/run';

/** How long a round takes besides warm-up and window: start, conversion, stop. */
export const overheadSeconds = 2;
/** The same for a pass; its spans or its flamegraph have to be waited for. */
export const passOverheadSeconds = 5;
/** With start and stop. */
const pilotSeconds = 7;
/** A run compares two. */
const variants = 2;

export interface Duration {
  /** When it stops at its first look. */
  leastSeconds: number;
  /** When it measures its last block. */
  mostSeconds: number;
}

/** How long a run takes, without what has to be set up before it. */
export function durationOf(plan: Plan, mode: Mode): Duration {
  // Variants that are alive together take one round's time.
  const roundsOfBlock = mode === 'fine' ? 1 : variants;
  const blockSeconds = roundsOfBlock * (plan.warmupSeconds + plan.windowSeconds + overheadSeconds);
  const passSeconds = [plan.tracePassSeconds, plan.profilePassSeconds].reduce(
    (sum, seconds) => sum + (seconds === 0 ? 0 : variants * (seconds + passOverheadSeconds)),
    0,
  );
  const fixedSeconds = passSeconds + (plan.mode === 'auto' ? pilotSeconds : 0);
  return {
    leastSeconds: fixedSeconds + plan.blocks.min * blockSeconds,
    mostSeconds: fixedSeconds + plan.blocks.max * blockSeconds,
  };
}
