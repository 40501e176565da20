import { goodQueries, oneSwitch } from './shop/shop.ts';

/** Work of the service on more than one core; with load and database on the same machine little is left to win. */
export default oneSwitch('cluster', {
  title: 'GET /products with a process for each core',
  scenario: 'products',
  vus: 100,
  over: goodQueries,
  primary: 'latency.mean',
});
