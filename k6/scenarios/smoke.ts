import { accountPage } from '../lib/account.ts';
import { asset, image } from '../lib/assets.ts';
import {
  bestRated,
  browse,
  comeBack,
  comeBackToProduct,
  pageThrough,
  product,
  related,
  reviewedOnly,
  search,
} from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';
import { checkout, history, profile } from '../lib/orders.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { signIn } from '../lib/signIn.ts';
import { exportOrders, monthlyReport } from '../lib/staff.ts';
import { visits } from '../lib/visits.ts';

/**
 * Does it work at all? Two users, everything once in a while, and no failed check is allowed. No import: its products would
 * be in the shop for whoever measures next.
 */
export const options = {
  ...loadOptions({ ...load, vus: 2, ratePerSecond: null }),
  thresholds: { checks: ['rate==1'], http_req_failed: ['rate==0'] },
};
export const setup = () => signEverybodyIn({ customers: 2, browsers: 2, staff: true, ordered: true });

export default visits(
  [
    ...[browse, pageThrough, product, search, related, bestRated, reviewedOnly, comeBack, comeBackToProduct],
    ...[image, asset, accountPage, signIn, history, profile, checkout, exportOrders, monthlyReport],
  ].map((action) => [1, action] as const),
);
