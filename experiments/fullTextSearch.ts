import { goodQueries, oneSwitch } from './shop/shop.ts';

/** LIKE reads every name and summary. */
export default oneSwitch('full-text-search', {
  title: 'GET /products?q= by words',
  scenario: 'search',
  vus: 20,
  over: goodQueries,
});
