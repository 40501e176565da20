import type { ExperimentInput } from '@dyno/contracts/experiment';
import knownCost from '../experiments/knownCost.ts';

/** The same as experiments/knownCost.ts with both services on the first core alone: does a CPU set make pairs scatter less? */
export default {
  ...knownCost,
  name: 'pinned-cost',
  service: { ...knownCost.service, command: ['taskset', '-c', '0', ...knownCost.service.command] },
} satisfies ExperimentInput;
