import { oneSwitch } from './shop/shop.ts';

/** Ten people who look at their page again and again. */
export default oneSwitch('view-cache', {
  title: 'GET /account kept as a whole',
  scenario: 'account-page',
  vus: 20,
  over: ['indexes', 'connection-pool', 'precompiled-templates'],
});
