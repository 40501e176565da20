import { reviewedOnly } from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';

import { visits } from '../lib/visits.ts';

/** The products of a category that somebody has reviewed, from half a year on. */
export const options = loadOptions(load);

export default visits([[1, reviewedOnly]]);
