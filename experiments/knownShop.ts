import type { ExperimentInput } from '@dyno/contracts/experiment';
import sameShop from './sameShop.ts';

const extraRows = (rows: number) => ({ ...sameShop.baseline.env, EXTRA_ROWS: String(rows) });

/**
 * How soon is a known difference found in the shop? The optimized service that serialises and hashes some
 * rows more for each request: `dyno run knownShop --candidate rows-30`; what they are in CPU is in bench/verdicts.md.
 */
export default {
  ...sameShop,
  name: 'known-shop',
  title: 'GET /products: the optimized service with some known work more',
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
    { name: 'rows-0', title: 'the same work', env: extraRows(0) },
    { name: 'rows-12', title: '12 rows more work', env: extraRows(12) },
    { name: 'rows-30', title: '30 rows more work', env: extraRows(30) },
    { name: 'rows-60', title: '60 rows more work', env: extraRows(60) },
  ],
} satisfies ExperimentInput;
