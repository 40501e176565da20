import { oneSwitch } from './shop/shop.ts';

/** Scans of 8,000 reviews for each product of a page: the largest single gain of this route. */
export default oneSwitch('indexes', {
  title: 'GET /products with and without secondary indexes',
  scenario: 'products',
  vus: 50,

  primary: 'latency.mean',
});
