import { asset, image } from '../lib/assets.ts';
import { load, loadOptions } from '../lib/load.ts';

import { visits } from '../lib/visits.ts';

/** Pictures of products and what the pages are made of. */
export const options = loadOptions(load);

export default visits([
  [4, image],
  [1, asset],
]);
