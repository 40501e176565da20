import { goodQueries, oneSwitch } from './shop/shop.ts';

/** Of the few queries that are left, the exact count is the one that grows with the table. */
export default oneSwitch('kept-counts', {
  title: 'GET /products with kept counts',
  scenario: 'products',
  vus: 50,
  over: goodQueries,
});
