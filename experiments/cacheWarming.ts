import { goodQueries, oneSwitch } from './shop/shop.ts';

/** It is about the first who asks, so about the slowest requests. */
export default oneSwitch('cache-warming', {
  title: 'GET /products, filled before it is asked',
  scenario: 'products',
  vus: 50,
  over: [...goodQueries, 'redis-cache', 'memory-cache'],
  primary: 'latency.p95',
});
