import { load, shapedOptions } from '../lib/load.ts';
import { ordinaryDay, peopleOfTheDay } from '../lib/mixes.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** Nearly nobody, and within a moment ten times the usual users: a newsletter, an advertisement. */
export const options = shapedOptions(load, [
  { share: 30, times: 0.2 },
  { share: 2, times: 10 },
  { share: 28, times: 10 },
  { share: 2, times: 0.2 },
  { share: 38, times: 0.2 },
]);
export const setup = () => signEverybodyIn(peopleOfTheDay);
export default visits(ordinaryDay);
