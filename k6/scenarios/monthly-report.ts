import { load, loadOptions } from '../lib/load.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { monthlyReport } from '../lib/staff.ts';
import { visits } from '../lib/visits.ts';

/** Staff have reports of a month made. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ staff: true });

export default visits([[1, monthlyReport]]);
