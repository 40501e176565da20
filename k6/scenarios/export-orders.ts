import { load, loadOptions } from '../lib/load.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { exportOrders } from '../lib/staff.ts';
import { visits } from '../lib/visits.ts';

/** Staff fetch a quarter of all orders as a file. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ staff: true });

export default visits([[1, exportOrders]]);
