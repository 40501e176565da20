import type { ExperimentInput } from '@dyno/contracts/experiment';
import { shop } from './shop/shop.ts';

const pages = { tracePassSeconds: 4, profilePassSeconds: 0, mode: 'isolated' } as const;

/** What somebody with a browser sees of it all; the load is one Chromium, one page after the other. */
export default {
  name: 'account-page-browser',
  title: 'the account page in a browser, all optimizations off and all on',
  service: shop,
  load: { scenario: 'k6/scenarios/account-page-browser.ts', vus: 1 },
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
  plans: {
    quick: { blocks: { min: 4, max: 8 }, warmupSeconds: 6, windowSeconds: 15, ...pages },
    full: { blocks: { min: 6, max: 20 }, warmupSeconds: 15, windowSeconds: 60, ...pages },
  },
  // What the service does to a page shows here first; the rest of a page is Chromium's work.
  primary: 'browser.ttfb',
  gated: ['browser.ttfb', 'browser.lcp', 'errors.rate'],
  thresholds: ['errors<1%', 'lcp<2500'],
} satisfies ExperimentInput;
