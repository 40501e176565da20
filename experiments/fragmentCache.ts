import { oneSwitch } from './shop/shop.ts';

/** Parts of a page outlive the page. */
export default oneSwitch('fragment-cache', {
  title: 'GET /account, its parts kept',
  scenario: 'account-page',
  vus: 20,
  over: ['indexes', 'connection-pool', 'precompiled-templates'],
});
