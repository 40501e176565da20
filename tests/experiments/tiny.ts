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
      warmupSeconds: 1,
      windowSeconds: 3,
      tracePassSeconds: 3,
      profilePassSeconds: 3,
    },
    bare: {
      blocks: { min: 2, max: 2 },
      warmupSeconds: 0.5,
      windowSeconds: 1.5,
      tracePassSeconds: 0,
      profilePassSeconds: 0,
    },
  },
  // How busy the whole machine is depends on what else runs on it.
  thresholds: ['avg<500', 'errors<1%'],
} satisfies ExperimentInput;
