import { browse, product } from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';
import { visits } from '../lib/visits.ts';

/** Pages of the catalogue as browsers ask for them: brotli or gzip. Other scenarios take pages as they are, which k6 need not unpack. */
export const options = loadOptions(load);

export default visits(
  [
    [3, browse],
    [1, product],
  ],
  { 'Accept-Encoding': 'gzip, br' },
);
