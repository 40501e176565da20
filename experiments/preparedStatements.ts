import { goodQueries, oneSwitch } from './shop/shop.ts';

/** Short look-ups by key, on connections that stay: there parsing is a large part of the work. */
export default oneSwitch('prepared-statements', {
  title: 'GET /products/:id with prepared statements',
  scenario: 'product-pages',
  vus: 50,
  over: goodQueries,
});
