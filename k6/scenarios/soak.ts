import { load, loadOptions } from '../lib/load.ts';
import { looking } from '../lib/mixes.ts';
import { visits } from '../lib/visits.ts';

/**
 * A load that is easy to bear, for hours (SOAK_SECONDS): what grows, leaks or fills up shows only here. Two thirds of the usual users.
 * Tokens end after ten minutes, so it does what needs none.
 */
export const options = loadOptions({
  ...load,
  vus: Math.max(1, Math.round((load.vus * 2) / 3)),
  durationSeconds: Math.max(load.durationSeconds, Number(__ENV.SOAK_SECONDS || 0)),
});

export default visits(looking);
