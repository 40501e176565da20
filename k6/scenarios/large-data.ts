import { browse, pageThrough, product, search } from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';
import { visits } from '../lib/visits.ts';

/**
 * The same looking around in a shop with a hundred times the rows: start it and the shop's database with SHOP_SIZE=100. Few users, because
 * a baseline that scans all reviews for each product on a page is not slow any more but standing still.
 */
export const options = loadOptions({ ...load, vus: Math.max(1, Math.round(load.vus / 10)) });

export default visits([
  [40, browse],
  [20, pageThrough],
  [30, product],
  [10, search],
]);
