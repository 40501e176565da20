import { goodQueries, oneSwitch } from './shop/shop.ts';

/** A hop without a new connection: visible where the answer itself is cheap. */
export default oneSwitch('upstream-keepalive', {
  title: 'GET /products, nginx keeps its connections',
  scenario: 'products',
  vus: 100,
  over: [...goodQueries, 'memory-cache', 'nginx-balancing'],
});
