import { load, loadOptions } from '../lib/load.ts';
import { readMostly } from '../lib/mixes.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** Looking and searching; one in a hundred looks at the orders. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ customers: 10 });

export default visits(readMostly);
