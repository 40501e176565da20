import { product } from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';

import { visits } from '../lib/visits.ts';

/** One product after the other; some are looked at far more often than others. */
export const options = loadOptions(load);

export default visits([[1, product]]);
