import { goodQueries, oneSwitch } from './shop/shop.ts';

/** Counting the slow way blocks an event loop for as long as a request takes; with other processes the rest goes on. */
export default oneSwitch('cluster', {
  title: 'GET /products/:id/related with a process for each core',
  scenario: 'related',
  vus: 20,
  over: goodQueries,
  primary: 'latency.mean',
  // With both alive each would get half of the load, and it is about what one process cannot carry.
  plan: { mode: 'isolated' },
});
