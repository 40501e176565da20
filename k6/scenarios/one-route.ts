import { asset, image } from '../lib/assets.ts';
import { load, loadOptions } from '../lib/load.ts';
import { changeProfile, order, profile, review } from '../lib/orders.ts';
import { signEverybodyIn, type Wanted } from '../lib/people.ts';
import { refresh, signInWithForm, signUp } from '../lib/signIn.ts';
import { importState, readReport, setStock } from '../lib/staff.ts';
import { type Action, visits } from '../lib/visits.ts';

/** Routes that are not worth a scenario of their own: ROUTE says which; without it a user asks all of them, one after the other. */
const routes: Record<string, { action: Action; wanted?: Wanted }> = {
  'GET /images/products/{file}': { action: image },
  'GET /assets/{file}': { action: asset },
  'GET /orders/{id}': { action: order, wanted: { customers: 10, orders: true } },
  'GET /profile': { action: profile, wanted: { customers: 10 } },
  'PATCH /profile': { action: changeProfile, wanted: { customers: 10 } },
  'POST /products/{id}/reviews': { action: review, wanted: { customers: 10 } },
  'PATCH /products/{id}/stock': { action: setStock, wanted: { staff: true } },
  'GET /imports/{id}': { action: importState, wanted: { staff: true, jobs: true } },
  'GET /reports/{id}': { action: readReport, wanted: { staff: true, jobs: true } },
  'POST /auth/sign-up': { action: signUp },
  'POST /auth/refresh': { action: refresh, wanted: { refreshTokens: true } },
  'POST /account/sign-in': { action: signInWithForm },
};

const chosen = choose(__ENV.ROUTE);

export const options = loadOptions(load);
export const setup = () => signEverybodyIn(Object.assign({}, ...chosen.map(({ wanted }) => wanted)));

const inTurn: Action = (visit) => {
  for (const { action } of chosen) action(visit);
};

export default visits([[1, inTurn]]);

function choose(name: string | undefined) {
  if (!name) return Object.values(routes);
  const known = routes[name];
  if (known === undefined) throw new Error(`ROUTE=${name} is none of ${Object.keys(routes).join(', ')}`);
  return [known];
}
