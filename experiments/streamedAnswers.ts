import { oneSwitch } from './shop/shop.ts';

/** The first line goes out before the last one has been read. */
export default oneSwitch('streamed-answers', {
  title: 'GET /exports/orders.csv while it is made',
  scenario: 'export-orders',
  vus: 2,
  over: ['indexes', 'connection-pool', 'cursor-stream'],
});
