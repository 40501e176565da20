import type { Progress } from '@dyno/contracts/run';
import type { RunState } from './results.ts';

/** What the stream of a run says: text for the strip, and `page`, which changes when the page has more to show. */
export interface LiveWord
  extends Pick<
    Progress,
    | 'stage'
    | 'block'
    | 'blocksMax'
    | 'variant'
    | 'requestsPerSecond'
    | 'latencyMsP95'
    | 'secondsLeft'
    | 'message'
  > {
  state: RunState;
  rounds: number;
  page: string;
}
