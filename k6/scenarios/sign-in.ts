import { load, loadOptions } from '../lib/load.ts';
import { signIn } from '../lib/signIn.ts';

import { visits } from '../lib/visits.ts';

/** People sign in, which is slow on purpose: argon2id in the thread pool. */
export const options = loadOptions(load);

export default visits([[1, signIn]]);
