import { goodQueries, oneSwitch } from './shop/shop.ts';

/** A hit is one command in place of all queries of a page. */
export default oneSwitch('redis-cache', {
  title: 'GET /products from Redis',
  scenario: 'products',
  vus: 50,
  over: goodQueries,
  primary: 'latency.mean',
});
