import type { Experiment } from '@dyno/contracts/experiment';

type Asking = Pick<Experiment, 'load' | 'primary' | 'gated' | 'thresholds'>;

/** Whether one k6 can draw the variant of each request; any other script gets one k6 per variant. */
export function assigns({ assigns, requests }: Experiment['load']): boolean {
  return assigns || requests !== undefined;
}

/** At a fixed arrival rate the generator decides it; where requests are drawn, both variants get as many, however fast they are. */
export function throughputIsGiven(load: Experiment['load'], mode: 'isolated' | 'fine'): boolean {
  return load.ratePerSecond !== undefined || (mode === 'fine' && assigns(load));
}

/** What of an experiment cannot be answered while variants share the load, as a reason; null where everything can. */
export function needsWholeLoad({ load, primary, gated, thresholds }: Asking): string | null {
  const asked =
    primary === 'throughput' ||
    gated.includes('throughput') ||
    thresholds.some((text) => text.startsWith('rps'));
  if (asked && load.ratePerSecond === undefined && assigns(load)) {
    return 'requests per second are to be compared, and variants that are alive together get as many each';
  }
  // Utilization and requests per second of one variant: half of the load makes half of them.
  const goal = thresholds.find((text) => /^(?:rps|cpu)\s*[<>]=?\s*\d/.test(text));
  return goal === undefined
    ? null
    : `the goal ${goal} is about the whole load, and variants that are alive together share it`;
}
