import { oneSwitch } from './shop/shop.ts';

/** Staff wait until it is ordered, not until it is made. */
export default oneSwitch('queued-report', {
  title: 'POST /reports/monthly, made later',
  scenario: 'monthly-report',
  vus: 2,
  over: ['indexes', 'connection-pool'],
  primary: 'latency.mean',
});
