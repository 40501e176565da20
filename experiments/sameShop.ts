import type { ExperimentInput } from '@dyno/contracts/experiment';
import products from './products.ts';

const [optimized] = products.candidates;

/** The optimized shop against itself: whatever is called different here is noise. */
export default {
  ...products,
  name: 'same-shop',
  title: 'GET /products: the optimized service against itself',
  load: { ...products.load, vus: 100, ratePerSecond: 200 },
  baseline: { ...optimized, name: 'one', title: 'the optimized service' },
  candidates: [{ ...optimized, name: 'other', title: 'the same once more' }],
  plans: {
    quick: {
      blocks: { min: 4, max: 20 },
      warmupSeconds: 2,
      windowSeconds: 6,
      tracePassSeconds: 0,
      profilePassSeconds: 0,
    },
  },
  primary: 'cpu.perRequest',
  // The others are told. Of them only latency that looks clearly worse keeps a run going whose primary metric is decided.
  gated: ['cpu.perRequest', 'errors.rate'],
  thresholds: [],
} satisfies ExperimentInput;
