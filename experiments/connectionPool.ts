import { oneSwitch } from './shop/shop.ts';

/** A connection costs 1.3 ms of CPU here, which nobody sees under 50 ms of scans: it shows once queries are few. */
export default oneSwitch('connection-pool', {
  title: 'GET /products over kept connections',
  scenario: 'products',
  vus: 50,
  over: ['indexes', 'batched-queries'],
});
