import { goodQueries, oneSwitch } from './shop/shop.ts';

/** Fewer collections of short-lived objects, for more memory. */
export default oneSwitch('heap-settings', {
  title: 'GET /products with a larger young generation',
  scenario: 'products',
  vus: 50,
  over: goodQueries,
});
