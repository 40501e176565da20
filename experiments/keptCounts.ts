import { goodQueries, oneSwitch } from './shop/shop.ts';

/** Of the few queries that are left, the exact count is the one that grows with the table: a list of all products counts all of them. */
export default oneSwitch('kept-counts', {
  title: 'GET /products, all products, with kept counts',
  scenario: 'page-through',
  vus: 50,
  over: [...goodQueries, 'column-projection', 'keyset-paging'],
});
