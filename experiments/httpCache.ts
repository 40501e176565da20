import { goodQueries, oneSwitch } from './shop/shop.ts';

/** A browser that comes back and holds the answer is sent nothing. */
export default oneSwitch('http-cache', {
  title: 'GET /products asked again by browsers',
  scenario: 'returning-visitors',
  vus: 50,
  over: [...goodQueries, 'memory-cache'],
});
