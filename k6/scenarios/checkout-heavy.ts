import { load, loadOptions } from '../lib/load.ts';
import { checkoutHeavy } from '../lib/mixes.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** The last hour of a sale: half of what people do is to buy. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ customers: 10, ordered: true });

export default visits(checkoutHeavy);
