import { goodQueries, oneSwitch } from './shop/shop.ts';

/** The list shows little of what a row holds. */
export default oneSwitch('column-projection', {
  title: 'GET /products with the columns that it shows',
  scenario: 'products',
  vus: 50,
  over: goodQueries,
});
