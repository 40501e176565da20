import { oneSwitch } from './shop/shop.ts';

/** What a connection costs nobody sees under long scans: it shows once queries are few. */
export default oneSwitch('connection-pool', {
  title: 'GET /products over kept connections',
  scenario: 'products',
  vus: 50,
  over: ['indexes', 'batched-queries'],
});
