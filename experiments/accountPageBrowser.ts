import type { ExperimentInput } from '@dyno/contracts/experiment';
import all from './all.ts';

const pages = { tracePassSeconds: 4, profilePassSeconds: 0, mode: 'isolated' } as const;

/** What somebody with a browser sees of it all; the load is one Chromium, one page after the other. */
export default {
  ...all,
  name: 'account-page-browser',
  title: 'the account page in a browser, all optimizations off and all on',
  load: { scenario: 'k6/scenarios/account-page-browser.ts', vus: 1 },
  plans: {
    quick: { blocks: { min: 4, max: 8 }, warmupSeconds: 6, windowSeconds: 15, ...pages },
    full: { blocks: { min: 6, max: 20 }, warmupSeconds: 15, windowSeconds: 60, ...pages },
  },
  // What the service does to a page shows here first; the rest of a page is Chromium's work.
  primary: 'browser.ttfb',
  gated: ['browser.ttfb', 'browser.lcp', 'errors.rate'],
  thresholds: ['errors<1%', 'lcp<2500'],
} satisfies ExperimentInput;
