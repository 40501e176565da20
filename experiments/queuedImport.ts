import { oneSwitch } from './shop/shop.ts';

/** Staff wait until the file has arrived, not until it has been read. */
export default oneSwitch('queued-import', {
  title: 'POST /imports/products, done later',
  scenario: 'import-products',
  vus: 1,
  over: ['indexes', 'connection-pool', 'batched-import'],
  primary: 'latency.mean',
});
