import { load, loadOptions } from '../lib/load.ts';
import { returning } from '../lib/mixes.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** Browsers that were here before: conditional requests and sessions. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ browsers: 10 });

export default visits(returning);
