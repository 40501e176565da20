import { load, loadOptions } from '../lib/load.ts';
import { readMostly } from '../lib/mixes.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/**
 * A load that is easy to bear, for hours (DURATION_SECONDS): what grows, leaks or fills up shows only here. Two thirds of the usual users.
 * Tokens end after ten minutes, so it does what needs none.
 */
export const options = loadOptions({
  ...load,
  vus: Math.max(1, Math.round((load.vus * 2) / 3)),
  durationSeconds: Math.max(load.durationSeconds, Number(__ENV.SOAK_SECONDS || 0)),
});
export const setup = () => signEverybodyIn({ customers: 0 });

export default visits(readMostly.slice(0, 4));
