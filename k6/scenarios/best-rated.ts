import { bestRated } from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';

import { visits } from '../lib/visits.ts';

/** The products of a category, the best rated first. */
export const options = loadOptions(load);

export default visits([[1, bestRated]]);
