import { load, loadOptions } from '../lib/load.ts';
import { ordinaryDay, peopleOfTheDay } from '../lib/mixes.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** An ordinary day: everything that people do, by as many users as there usually are. Closed model, with RATE open. */
export const options = loadOptions(load);
export const setup = () => signEverybodyIn(peopleOfTheDay);
export default visits(ordinaryDay);
