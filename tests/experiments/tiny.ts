import type { ExperimentInput } from '@dyno/contracts/experiment';
import products from '../../experiments/products.ts';

/** The seed's experiment in a minute: enough for a difference of a hundred times, on a machine that does other things too. */
export default {
  ...products,
  name: 'tiny',
  load: { ...products.load, vus: 10 },
  plans: {
    whole: {
      blocks: { min: 3, max: 3 },
      // All users have begun by then: their first wait is up to a second.
      warmupSeconds: 1,
      windowSeconds: 2,
      tracePassSeconds: 2,
      profilePassSeconds: 2,
    },
  },
  // How busy the whole machine is depends on what else runs on it.
  thresholds: ['avg<500', 'errors<1%'],
} satisfies ExperimentInput;
