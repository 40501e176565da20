import { accountPage } from '../lib/account.ts';
import {
  bestRated,
  browse,
  comeBack,
  comeBackToProduct,
  product,
  related,
  reviewedOnly,
  search,
} from '../lib/catalogue.ts';
import { load, loadOptions } from '../lib/load.ts';
import { checkout, history, profile } from '../lib/orders.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { monthlyReport } from '../lib/staff.ts';
import { visits } from '../lib/visits.ts';

/** Does it work at all? Two users, everything once in a while, and no failed check is allowed. */
export const options = {
  ...loadOptions({ ...load, vus: 2, ratePerSecond: null }),
  thresholds: { checks: ['rate==1'], http_req_failed: ['rate==0'] },
};
export const setup = () => signEverybodyIn({ customers: 2, browsers: 2, staff: true, ordered: true });

export default visits(
  [
    ...[browse, product, search, related, bestRated, reviewedOnly, comeBack, comeBackToProduct, accountPage],
    ...[history, profile, checkout, monthlyReport],
  ].map((action) => [1, action] as const),
);
