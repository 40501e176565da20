import { accountPage } from './account.ts';
import { browse, comeBack, comeBackToProduct, product, related, search } from './catalogue.ts';
import { checkout, history, profile } from './orders.ts';

/** What people do in a shop on an ordinary day: mostly looking. Everything needs the same people to be signed in. */
export const ordinaryDay = [
  [40, browse],
  [25, product],
  [10, search],
  [5, related],
  [8, accountPage],
  [6, history],
  [2, profile],
  [4, checkout],
] as const;

/** Nobody is signed in for it, so that it may go on for longer than a token is good for. */
export const looking = [
  [50, browse],
  [35, product],
  [10, search],
  [4, related],
] as const;

export const readMostly = [...looking, [1, history]] as const;

/** The last hour of a sale. */
export const checkoutHeavy = [
  [20, browse],
  [20, product],
  [50, checkout],
  [10, history],
] as const;

/** Browsers that were here before: they hold answers, and their sessions. */
export const returning = [
  [50, comeBack],
  [10, comeBackToProduct],
  [40, accountPage],
] as const;

export const peopleOfTheDay = { customers: 10, browsers: 10, ordered: true };
