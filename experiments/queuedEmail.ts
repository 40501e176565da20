import { oneSwitch } from './shop/shop.ts';

/** The customer waits for the order, not for the mail server. */
export default oneSwitch('queued-email', {
  title: 'POST /orders, the e-mail later',
  scenario: 'checkout',
  vus: 10,
  over: ['indexes', 'connection-pool'],
  primary: 'latency.mean',
});
