import { goodQueries, oneSwitch } from './shop/shop.ts';

/** An offset is read and thrown away: it shows on pages that lie deep. */
export default oneSwitch('keyset-paging', {
  title: 'GET /products, deep pages',
  scenario: 'page-through',
  vus: 20,
  over: goodQueries,
});
