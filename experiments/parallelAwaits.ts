import { goodQueries, oneSwitch } from './shop/shop.ts';

/** Four short queries of one process: expect nothing, and see it proven. */
export default oneSwitch('parallel-awaits', {
  title: 'GET /products/:id, what does not depend on each other at once',
  scenario: 'product-pages',
  vus: 20,
  over: goodQueries,
  primary: 'latency.mean',
});
