import { load, loadOptions } from '../lib/load.ts';
import { checkout } from '../lib/orders.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** Nothing but buying. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ customers: 10, ordered: true });

export default visits([[1, checkout]]);
