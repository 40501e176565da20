import type { ExperimentInput } from '@dyno/contracts/experiment';
import sameShop from './sameShop.ts';

const extraRows = (rows: number) => ({ ...sameShop.baseline.env, EXTRA_ROWS: String(rows) });

/**
 * How soon is a known difference found in the shop? The optimized service that does 0, or about 2, 5 or 10 % more work for each
 * request than the baseline: `dyno run knownShop --candidate plus-5`; what the rows are in CPU is in bench/verdicts.md.
 */
export default {
  ...sameShop,
  name: 'known-shop',
  title: 'GET /products: the optimized service with a known share of work more',
  service: {
    ...sameShop.service,
    command: [
      'node',
      '--import',
      './examples/known-cost/extraWork.ts',
      '--import',
      './otel/bootstrap.ts',
      'services/api/src/main.ts',
    ],
  },
  baseline: { name: 'as-is', title: 'the optimized service', env: extraRows(0) },
  candidates: [
    { name: 'plus-0', title: 'the same work', env: extraRows(0) },
    { name: 'plus-2', title: 'about 2 % more work', env: extraRows(12) },
    { name: 'plus-5', title: 'about 5 % more work', env: extraRows(30) },
    { name: 'plus-10', title: 'about 10 % more work', env: extraRows(60) },
  ],
} satisfies ExperimentInput;
