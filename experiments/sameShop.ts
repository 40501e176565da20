import type { ExperimentInput } from '@dyno/contracts/experiment';
import knownCost from './knownCost.ts';
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
  plans: knownCost.plans,
  primary: knownCost.primary,
  gated: knownCost.gated,
  thresholds: [],
} satisfies ExperimentInput;
