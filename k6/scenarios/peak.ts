import { load, shapedOptions } from '../lib/load.ts';
import { ordinaryDay, peopleOfTheDay } from '../lib/mixes.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** The busiest hour of a day: up to three times the usual users, who stay for a while and go again. */
export const options = shapedOptions(load, [
  { share: 20, times: 3 },
  { share: 60, times: 3 },
  { share: 20, times: 1 },
]);
export const setup = () => signEverybodyIn(peopleOfTheDay);
export default visits(ordinaryDay);
