import { load, loadOptions } from '../lib/load.ts';
import { history } from '../lib/orders.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** Customers look at their orders. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ customers: 10 });

export default visits([[1, history]]);
