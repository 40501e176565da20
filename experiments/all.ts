import type { ExperimentInput } from '@dyno/contracts/experiment';
import { plans, shop } from './shop/shop.ts';

/**
 * The whole before and after: nothing on, everything on, under an ordinary day. The table of all routes is
 * `npm run bench:every-route`, which runs this experiment with the scenario of each.
 */
export default {
  name: 'all',
  title: 'the whole shop, all optimizations off and all on',
  service: shop,
  load: { scenario: 'k6/scenarios/average.ts', assigns: true, vus: 50 },
  baseline: { name: 'all-off', title: 'the naive shop', env: { SHOP_OPTIMIZATIONS: '' } },
  candidates: [
    {
      name: 'all-on',
      title: 'every switch that does not exclude another',
      env: { SHOP_OPTIMIZATIONS: 'all' },
    },
  ],
  // They keep sessions in different stores and send different bytes; their answers are compared by the behaviour suite.
  ignoreInResponses: null,
  plans,
  primary: 'latency.mean',
  thresholds: ['errors<1%'],
} satisfies ExperimentInput;
