import { goodQueries, oneSwitch } from './shop/shop.ts';

/** In front of Redis: what is left of a hit's cost is the way to it. */
export default oneSwitch('memory-cache', {
  title: "GET /products from the process's memory",
  scenario: 'products',
  vus: 50,
  over: [...goodQueries, 'redis-cache'],
});
