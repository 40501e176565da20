import { goodQueries, oneSwitch } from './shop/shop.ts';

/**
 * It is about the first who ask, so the window begins with the service and is short, and they are few: many would have filled
 * the rest within a second. Over the memory alone: Redis would hold for both what the round before has left.
 */
export default oneSwitch('cache-warming', {
  title: 'GET /products, filled before it is asked',
  scenario: 'products',
  vus: 10,
  over: [...goodQueries, 'memory-cache'],
  primary: 'latency.mean',
  plan: { warmupSeconds: 0, windowSeconds: 6, mode: 'isolated' },
});
