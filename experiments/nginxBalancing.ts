import { goodQueries, oneSwitch } from './shop/shop.ts';

/** The same as cluster with a balancer of its own, which costs a hop. */
export default oneSwitch('nginx-balancing', {
  title: 'GET /products/:id/related over instances behind nginx',
  scenario: 'related',
  vus: 20,
  over: goodQueries,
  primary: 'latency.mean',
  // With both alive each would get half of the load, and it is about what one process cannot carry.
  plan: { mode: 'isolated' },
});
