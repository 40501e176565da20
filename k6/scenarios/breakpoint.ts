import { load, shapedOptions } from '../lib/load.ts';
import { looking } from '../lib/mixes.ts';
import { visits } from '../lib/visits.ts';

/**
 * More and more requests a second, whatever the answers take, until it breaks: k6 ends the test when a tenth of the requests fail or half
 * of them take longer than two seconds. RATE is the rate at the end. Open model only: waiting users would spare the service.
 * By hand, or with `dyno run <experiment> --script`; in a comparison it is the round that ends, so give it a time in which neither breaks.
 */
export const options = {
  ...shapedOptions({ ...load, ratePerSecond: load.ratePerSecond ?? load.vus * 20 }, [{ share: 1, times: 1 }]),
  thresholds: {
    http_req_failed: [{ threshold: 'rate<0.1', abortOnFail: true, delayAbortEval: '5s' }],
    http_req_duration: [{ threshold: 'p(50)<2000', abortOnFail: true, delayAbortEval: '5s' }],
  },
};

export default visits(looking);
