import { oneSwitch } from './shop/shop.ts';

/** The filters are where a query can be written in two ways. */
export default oneSwitch('query-rewriting', {
  title: 'GET /products?reviewed=true with EXISTS and ranges',
  scenario: 'reviewed-only',
  vus: 20,
  over: ['indexes', 'connection-pool', 'batched-queries'],
});
