import { oneSwitch } from './shop/shop.ts';

/** One commit for each row against one for many. */
export default oneSwitch('batched-import', {
  title: 'POST /imports/products, a thousand rows a statement',
  scenario: 'import-products',
  vus: 1,
  over: ['indexes', 'connection-pool'],
  primary: 'latency.mean',
});
