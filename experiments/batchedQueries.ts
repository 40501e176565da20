import { oneSwitch } from './shop/shop.ts';

/** With indexes, so that it is the number of queries that differs and not the number of scans. */
export default oneSwitch('batched-queries', {
  title: 'GET /products with a query for all products of a page in place of one for each',
  scenario: 'products',
  vus: 50,
  over: ['indexes', 'connection-pool'],
});
