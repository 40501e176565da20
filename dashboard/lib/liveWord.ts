import type { Progress } from '@dyno/contracts/run';
import type { RunState } from './runState.ts';

/** What the stream of a run says: text for the strip, and `page`, which changes when the page has more to show. */
export interface LiveWord
  extends Pick<
    Progress,
    | 'stage'
    | 'round'
    | 'block'
    | 'blocksMax'
    | 'variant'
    | 'requestsPerSecond'
    | 'latencyMsP95'
    | 'secondsLeft'
    | 'message'
  > {
  state: RunState;
  /** Empty where nobody has looked. */
  page: string;
}

export function liveWord(progress: Progress, state: RunState, page = ''): LiveWord {
  const { stage, round, block, blocksMax, variant } = progress;
  const { requestsPerSecond, latencyMsP95, secondsLeft, message } = progress;
  return {
    stage,
    round,
    block,
    blocksMax,
    variant,
    requestsPerSecond,
    latencyMsP95,
    secondsLeft,
    message,
    state,
    page,
  };
}

/** A window is open on the machine that also shows the page. */
export const isMeasuring = ({ state, stage }: Pick<LiveWord, 'state' | 'stage'>): boolean =>
  state === 'running' && stage === 'window';

/** Between rounds the lab writes one file after the other; the page waits for the last. */
export const isBetween = ({ state, stage }: Pick<LiveWord, 'state' | 'stage'>): boolean =>
  state === 'running' && stage === 'statistics';
