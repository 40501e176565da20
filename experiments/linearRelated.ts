import { oneSwitch } from './shop/shop.ts';

/** A filter inside a loop blocks the event loop for everybody. */
export default oneSwitch('linear-related', {
  title: 'GET /products/:id/related by counting once',
  scenario: 'related',
  vus: 20,
  over: ['indexes', 'connection-pool', 'batched-queries'],
});
