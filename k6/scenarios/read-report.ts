import { load, loadOptions } from '../lib/load.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { readReport } from '../lib/staff.ts';
import { visits } from '../lib/visits.ts';

/** Staff read the report of a month: a few texts and thousands of numbers. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ staff: true, jobs: true });

export default visits([[1, readReport]]);
