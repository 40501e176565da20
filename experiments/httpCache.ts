import { goodQueries, oneSwitch } from './shop/shop.ts';

/** A browser that comes back and holds the answer is sent nothing. The account's page, which it looks at as well, is made cheap in both. */
export default oneSwitch('http-cache', {
  title: 'GET /products asked again by browsers',
  scenario: 'returning-visitors',
  vus: 50,
  over: [...goodQueries, 'memory-cache', 'view-cache', 'redis-sessions'],
  // The scenario looks whether it was asked with what the client holds.
  ignoreStatuses: [304],
});
