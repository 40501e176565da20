/** What is asked of one route, chosen so that the naive shop is at its worst and the optimized one is not yet full. */
export interface RouteLoad {
  /** For `--only`, the name of the run and the line in the file. */
  name: string;
  /** As the OpenAPI document names it. */
  route: string;
  /** What is asked of it, in words for the table. */
  asked: string;
  /** Of k6/scenarios; those without one of their own are actions of one-route.ts. */
  scenario: string;
  vus: number;
  /** On average, between two requests of a user. */
  thinkSeconds?: number;
  /** 10 where the worst is a table that has grown. */
  shopSize?: 1 | 10;
  plan?: Partial<RoutePlan>;
  /** Times better that are wanted; 5 unless said, and of mean latency. */
  wanted?: { times: number; alsoOfP95: true };
  /** What is asked for was made by the variant itself: the other one has nothing at that address, which the guard "same answers" finds. */
  ownData?: true;
  /** Why it stays below five times, where it does. */
  reason?: string;
}

export interface RoutePlan {
  blocks: number;
  warmupSeconds: number;
  windowSeconds: number;
}

/** Short, because there are many: large differences need no long windows, and the interval says what is left open. */
export const usualPlan: RoutePlan = { blocks: 3, warmupSeconds: 3, windowSeconds: 5 };

const hash =
  'Nearly all of it is argon2id, which is slow on purpose: a cheaper hash would be a weaker one, and more threads than cores do not make it faster.';
const byKey =
  'Rows are read by primary key in both: what is saved is a connection per request, and nginx in front costs a part of that.';
const writeByKey =
  'A transaction that writes by primary key: what is saved is a connection per request, and nginx in front costs a part of that.';
const toldToCaches =
  'The row has to be written in both. With the caches on, each write is also a row of the outbox, a job of the worker and a message to every cache, and nginx, two instances and the worker share the cores with the database and k6: that is what the reads cost.';
const byNginx =
  'nginx needs a fraction of the CPU time; what is left of the latency is mostly the load generator, which shares the cores.';

/** Those on ten times the rows first: the database is filled for them once. */
export const routes: readonly RouteLoad[] = [
  {
    name: 'product',
    route: 'GET /products/{id}',
    asked: 'any product, some far more often',
    scenario: 'product-pages',
    vus: 50,
    shopSize: 10,
  },
  {
    name: 'order',
    route: 'GET /orders/{id}',
    asked: 'own orders',
    scenario: 'one-route',
    vus: 30,
    shopSize: 10,
  },
  {
    name: 'checkout',
    route: 'POST /orders',
    asked: 'one or two products',
    scenario: 'checkout',
    vus: 20,
    shopSize: 10,
  },
  {
    name: 'sign-in',
    route: 'POST /auth/sign-in',
    asked: 'any customer',
    scenario: 'sign-in',
    vus: 10,
    shopSize: 10,
    reason: hash,
  },
  {
    name: 'sign-in-form',
    route: 'POST /account/sign-in',
    asked: 'any customer, by the form',
    scenario: 'one-route',
    vus: 10,
    shopSize: 10,
    reason: hash,
  },
  {
    name: 'sign-up',
    route: 'POST /auth/sign-up',
    asked: 'always somebody new',
    scenario: 'one-route',
    vus: 10,
    shopSize: 10,
    reason: hash,
  },
  {
    name: 'export',
    route: 'GET /exports/orders.csv',
    asked: 'a quarter of a year',
    scenario: 'export-orders',
    vus: 2,
    shopSize: 10,
    reason:
      'Both read and send the same lines; the cursor and the stream save memory and the time to the first byte, not work.',
  },
  {
    name: 'products',
    route: 'GET /products',
    asked: 'pages of categories',
    scenario: 'products',
    vus: 50,
    plan: { blocks: 4, warmupSeconds: 5, windowSeconds: 8 },
    wanted: { times: 100, alsoOfP95: true },
  },
  {
    name: 'deep-pages',
    route: 'GET /products',
    asked: 'deep pages of 50',
    scenario: 'page-through',
    vus: 20,
  },
  { name: 'search', route: 'GET /products', asked: '`q=`, words', scenario: 'search', vus: 40 },
  {
    name: 'best-rated',
    route: 'GET /products',
    asked: '`sort=rating`',
    scenario: 'best-rated',
    vus: 40,
  },
  {
    name: 'reviewed-only',
    route: 'GET /products',
    asked: '`reviewed=true`, `since=`',
    scenario: 'reviewed-only',
    vus: 20,
  },
  {
    name: 'related',
    route: 'GET /products/{id}/related',
    asked: 'any product',
    scenario: 'related',
    vus: 20,
  },
  {
    name: 'account',
    route: 'GET /account',
    asked: 'ten customers again and again',
    scenario: 'account-page',
    vus: 20,
  },
  {
    name: 'orders',
    route: 'GET /orders',
    asked: 'own orders, 20 a page',
    scenario: 'order-history',
    vus: 20,
  },
  {
    name: 'import',
    route: 'POST /imports/products',
    asked: '500 rows',
    scenario: 'import-products',
    vus: 1,
  },
  {
    name: 'report',
    route: 'POST /reports/monthly',
    asked: 'any month',
    scenario: 'monthly-report',
    vus: 2,
  },
  {
    name: 'profile',
    route: 'GET /profile',
    asked: 'ten customers again and again',
    scenario: 'one-route',
    vus: 100,
    thinkSeconds: 0.15,
    reason: byKey,
  },
  {
    name: 'change-profile',
    route: 'PATCH /profile',
    asked: 'another city',
    scenario: 'one-route',
    vus: 50,
    thinkSeconds: 0.15,
    reason: toldToCaches,
  },
  {
    name: 'review',
    route: 'POST /products/{id}/reviews',
    asked: 'any product',
    scenario: 'one-route',
    vus: 50,
    thinkSeconds: 0.15,
    reason: toldToCaches,
  },
  {
    name: 'stock',
    route: 'PATCH /products/{id}/stock',
    asked: 'any product',
    scenario: 'one-route',
    vus: 50,
    thinkSeconds: 0.15,
    reason: toldToCaches,
  },
  {
    name: 'refresh',
    route: 'POST /auth/refresh',
    asked: 'one token after the other',
    scenario: 'one-route',
    vus: 50,
    thinkSeconds: 0.15,
    reason: writeByKey,
  },
  {
    name: 'import-state',
    route: 'GET /imports/{id}',
    asked: 'one that is done; each variant has its own, so that their answers are not compared',
    scenario: 'one-route',
    vus: 100,
    thinkSeconds: 0.15,
    ownData: true,
    reason: byKey,
  },
  {
    name: 'report-state',
    route: 'GET /reports/{id}',
    asked: 'one that is done; each variant has its own, so that their answers are not compared',
    scenario: 'one-route',
    vus: 100,
    thinkSeconds: 0.15,
    ownData: true,
    reason: byKey,
  },
  {
    name: 'image',
    route: 'GET /images/products/{file}',
    asked: 'any picture',
    scenario: 'one-route',
    vus: 140,
    thinkSeconds: 0.05,
    reason: byNginx,
  },
  {
    name: 'asset',
    route: 'GET /assets/{file}',
    asked: 'style sheets',
    scenario: 'one-route',
    vus: 100,
    thinkSeconds: 0.05,
    reason: byNginx,
  },
];

/** What is in the document and not in the table. */
export const notMeasured: Readonly<Record<string, string>> = {
  'POST /auth/sign-out':
    'Each needs a sign-in of its own, and what would be measured is its password hash; itself it is one update by an index.',
  'POST /account/sign-out':
    'Each needs a sign-in of its own, and what would be measured is its password hash; itself it removes one session by its key.',
  'GET /account/sign-in': 'A constant page: no switch has anything to do with it.',
  'GET /healthz': 'A constant answer for whoever watches the service.',
  'GET /readyz': 'Asked by whoever starts the service; it has to ask every part each time, whatever is on.',
  'GET /openapi.json': 'Written once and kept, in every variant.',
  'GET /docs': 'A constant page, for people who write clients.',
  'GET /docs/{file}': 'Read from a package once and kept, in every variant.',
};
