import { search } from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';

import { visits } from '../lib/visits.ts';

/** Products by words of their names and summaries. */
export const options = loadOptions(load);

export default visits([[1, search]]);
