import type { ExperimentInput } from '@dyno/contracts/experiment';

/** The seed's experiment: GET /products as a naive and as an optimized service, 50 virtual users with 1 s think time. */
export default {
  name: 'products',
  title: 'GET /products: naive against optimized',
  service: {
    name: 'api',
    command: ['node', '--import', './otel/bootstrap.ts', 'services/api/src/main.ts'],
    needs: ['mysql', 'redis'],
    secrets: ['JWT_SECRET', 'SESSION_SECRET'],
    readyPath: '/readyz',
    telemetry: 'own',
  },
  load: { scenario: 'k6/scenarios/products.ts', assigns: true, vus: 50 },
  baseline: {
    name: 'naive',
    title: 'no indexes, N+1 queries, SELECT *, OFFSET paging, a connection per request, nothing cached',
    env: { SHOP_OPTIMIZATIONS: '' },
  },
  candidates: [
    {
      name: 'optimized',
      title:
        'indexes, connection pool, batched queries, column projection, Redis and memory cache, HTTP cache',
      env: {
        SHOP_OPTIMIZATIONS:
          'indexes,connection-pool,batched-queries,column-projection,redis-cache,memory-cache,http-cache',
      },
    },
  ],
  // Those that this load exercises in every window; two columns of the design stay free, which tells noise from what three switches do together.
  switches: {
    variable: 'SHOP_OPTIMIZATIONS',
    of: [
      { name: 'indexes', group: 'database' },
      { name: 'connection-pool', group: 'database' },
      { name: 'batched-queries', group: 'database' },
      { name: 'column-projection', group: 'database' },
      { name: 'prepared-statements', group: 'database' },
      { name: 'kept-counts', group: 'database' },
      { name: 'compiled-json', group: 'code' },
      { name: 'redis-cache', group: 'caching' },
      { name: 'memory-cache', group: 'caching' },
      { name: 'http-cache', group: 'caching' },
    ],
  },
  plans: {
    quick: {
      blocks: { min: 4, max: 8 },
      warmupSeconds: 2,
      windowSeconds: 4,
      tracePassSeconds: 6,
      profilePassSeconds: 8,
    },
    full: {
      blocks: { min: 4, max: 8 },
      warmupSeconds: 10,
      windowSeconds: 120,
      tracePassSeconds: 15,
      profilePassSeconds: 20,
    },
  },
  primary: 'latency.mean',
  thresholds: ['avg<500', 'cpu<40%', 'errors<1%'],
} satisfies ExperimentInput;
