import { oneSwitch } from './shop/shop.ts';

/** All rows in memory at once against a few at a time; memory is its second proof. */
export default oneSwitch('cursor-stream', {
  title: 'GET /exports/orders.csv from a cursor',
  scenario: 'export-orders',
  vus: 2,
  over: ['indexes', 'connection-pool'],
});
