import { goodQueries, oneSwitch } from './shop/shop.ts';

/** The order needs the rating of every product of the category, not only of those on the page. */
export default oneSwitch('denormalized-rating', {
  title: 'GET /products?sort=rating by kept ratings',
  scenario: 'best-rated',
  vus: 20,
  over: goodQueries,
});
