import { oneSwitch } from './shop/shop.ts';

/** The page itself is kept, so that the session is most of what is left. */
export default oneSwitch('redis-sessions', {
  title: 'GET /account with sessions in Redis',
  scenario: 'account-page',
  vus: 20,
  over: ['indexes', 'connection-pool', 'view-cache'],
});
