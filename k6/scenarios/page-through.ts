import { pageThrough } from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';

import { visits } from '../lib/visits.ts';

/** Page after page through all products. */
export const options = loadOptions(load);

export default visits([[1, pageThrough]]);
