import { load, shapedOptions } from '../lib/load.ts';
import { ordinaryDay, peopleOfTheDay } from '../lib/mixes.ts';
import { signEverybodyIn } from '../lib/people.ts';
import { visits } from '../lib/visits.ts';

/** Step by step to more than the service was made for, and back: where does it get slow, and does it recover? */
export const options = shapedOptions(load, [
  { share: 10, times: 1 },
  { share: 20, times: 2 },
  { share: 20, times: 4 },
  { share: 20, times: 6 },
  { share: 20, times: 8 },
  { share: 10, times: 1 },
]);
export const setup = () => signEverybodyIn(peopleOfTheDay);
export default visits(ordinaryDay);
