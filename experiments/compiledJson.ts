import { goodQueries, oneSwitch } from './shop/shop.ts';

/** The switch that hurts: texts are what JSON.stringify is best at. */
export default oneSwitch('compiled-json', {
  title: 'GET /products with compiled serializers',
  scenario: 'products',
  vus: 50,
  over: goodQueries,
});
