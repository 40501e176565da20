import { oneSwitch } from './shop/shop.ts';

/** Without them all reviews are scanned for each product of a page. */
export default oneSwitch('indexes', {
  title: 'GET /products with and without secondary indexes',
  scenario: 'products',
  vus: 50,
  primary: 'latency.mean',
});
