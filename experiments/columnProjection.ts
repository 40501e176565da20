import { goodQueries, oneSwitch } from './shop/shop.ts';

/** A row is 5 KB and the list shows a tenth of it. */
export default oneSwitch('column-projection', {
  title: 'GET /products with the columns that it shows',
  scenario: 'products',
  vus: 50,
  over: goodQueries,
});
