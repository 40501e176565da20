import { oneSwitch } from './shop/shop.ts';

/** Rows of numbers are what it is good at; how it does with the texts of the catalogue is seen by `dyno ablate products`. */
export default oneSwitch('compiled-json', {
  title: 'GET /reports/:id with compiled serializers',
  scenario: 'read-report',
  vus: 50,
  over: ['indexes', 'connection-pool'],
});
