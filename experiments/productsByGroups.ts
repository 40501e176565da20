import type { ExperimentInput } from '@dyno/contracts/experiment';
import { plans, shop } from './shop/shop.ts';

const database = [
  'indexes',
  'connection-pool',
  'batched-queries',
  'column-projection',
  'prepared-statements',
  'keyset-paging',
  'kept-counts',
  'denormalized-rating',
] as const;
const caching = ['redis-cache', 'memory-cache', 'http-cache', 'cache-warming'] as const;
const code = ['compiled-json', 'parallel-awaits'] as const;
const processes = ['cluster', 'heap-settings'] as const;

const inGroup = (group: string, names: readonly string[]) => names.map((name) => ({ name, group }));

/**
 * Every switch that GET /products can have without other bytes: more than one design tells apart, so "dyno ablate"
 * compares the groups first, and then what is inside those that win.
 */
export default {
  name: 'products-by-groups',
  title: 'GET /products: every switch that it has',
  service: shop,
  load: { scenario: 'k6/scenarios/products.ts', assigns: true, vus: 50 },
  baseline: { name: 'off', title: 'the naive shop', env: { SHOP_OPTIMIZATIONS: '' } },
  candidates: [
    {
      name: 'on',
      title: 'every switch of the route',
      env: { SHOP_OPTIMIZATIONS: [...database, ...caching, ...code, ...processes].join(',') },
    },
  ],
  switches: {
    variable: 'SHOP_OPTIMIZATIONS',
    of: [
      ...inGroup('database', database),
      ...inGroup('caching', caching),
      ...inGroup('code', code),
      ...inGroup('process', processes),
    ],
  },
  plans,
  primary: 'cpu.perRequest',
  thresholds: ['errors<1%'],
} satisfies ExperimentInput;
