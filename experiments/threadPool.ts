import { oneSwitch } from './shop/shop.ts';

/** argon2id runs in the thread pool, and nothing else of the shop does for long. On two cores expect nothing, and see it proven. */
export default oneSwitch('thread-pool', {
  title: 'POST /auth/sign-in with threads for each core',
  scenario: 'sign-in',
  vus: 10,
  over: ['indexes', 'connection-pool'],
  primary: 'latency.mean',
});
