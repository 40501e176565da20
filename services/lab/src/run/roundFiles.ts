import type { Round } from '@dyno/contracts/run';

/** What a line of `rounds.ndjson` rests on: each must be there as it was written. */
export function roundFiles({ samples, resources, vitals }: Round): Round['samples'][] {
  return [samples, resources, ...(vitals ? [vitals] : [])];
}
