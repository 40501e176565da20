import { load, loadOptions } from '../lib/load.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { importProducts } from '../lib/staff.ts';
import { visits } from '../lib/visits.ts';

/** Staff send price lists (IMPORT_ROWS products each, 500 unless said). */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ staff: true });

export default visits([[1, importProducts]]);
