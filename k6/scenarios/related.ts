import { related } from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';

import { visits } from '../lib/visits.ts';

/** What was bought together with a product. */
export const options = loadOptions(load);

export default visits([[1, related]]);
