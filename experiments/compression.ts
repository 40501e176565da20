import { goodQueries, oneSwitch } from './shop/shop.ts';

/** On loopback bytes cost nothing: what is seen is the price, CPU time. */
export default oneSwitch('compression', {
  title: 'GET /products, compressed while it is answered',
  scenario: 'compressed-pages',
  vus: 50,
  over: goodQueries,
  comparesBodies: false,
});
