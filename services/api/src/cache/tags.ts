/**
 * Things whose change makes an answer old. Whoever writes one of them publishes its tag (`Changes`), behind the commit;
 * an answer carries the tags of everything that it shows.
 */

/** A product: its texts, price, stock, rating and reviews. */
export function productTag(id: number): string {
  return `product:${id}`;
}

/** Which products and categories there are: what is new appears in lists that do not carry its own tag yet. */
export const catalogueTag = 'catalogue';

/** Which products are reviewed and how well: lists that are sorted or narrowed by it show others then. */
export const ratingsTag = 'ratings';

/** What belongs to one customer: profile, orders, reviews. */
export function customerTag(id: number): string {
  return `customer:${id}`;
}
