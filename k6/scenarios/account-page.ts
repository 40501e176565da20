import { accountPage } from '../lib/account.ts';
import { load, loadOptions } from '../lib/load.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** The account's dashboard, which is costly to render, by ten people who look at it again and again. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn({ browsers: 10 });

export default visits([[1, accountPage]]);
