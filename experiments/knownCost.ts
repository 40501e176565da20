import type { ExperimentInput } from '@dyno/contracts/experiment';

/**
 * How soon is a known difference found? A service that does 0, 2, 5 or 10 % more work than the baseline:
 * `dyno run knownCost --candidate plus-5`; see examples/known-cost.
 */
export default {
  name: 'known-cost',
  title: 'a service that does a known share of work more',
  service: {
    name: 'known-cost',
    command: ['node', 'examples/known-cost/server.ts'],
    readyPath: '/?from=0',
    telemetry: 'none',
  },
  load: { requests: [{ target: '/?from=1000' }], vus: 100, ratePerSecond: 250 },
  baseline: { name: 'as-is', title: 'the work alone', env: { EXTRA_WORK_PERCENT: '0' } },
  candidates: [
    { name: 'plus-0', title: 'the same work', env: { EXTRA_WORK_PERCENT: '0' } },
    { name: 'plus-2', title: '2 % more work', env: { EXTRA_WORK_PERCENT: '2' } },
    { name: 'plus-5', title: '5 % more work', env: { EXTRA_WORK_PERCENT: '5' } },
    { name: 'plus-10', title: '10 % more work', env: { EXTRA_WORK_PERCENT: '10' } },
  ],
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
} satisfies ExperimentInput;
