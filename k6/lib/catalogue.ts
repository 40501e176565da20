import { anyOf, anyProduct, categories, counts, searches } from './shop.ts';
import { type Action, expect, jsonOf, type Visit } from './visits.ts';

interface Item {
  id: number;
  name: string;
  summary: string;
  category: { slug: string };
  price: { cents: number };
  stock: number;
  rating: { average: number | null; count: number };
  createdAt: string;
}
type Response = ReturnType<Visit['get']>;
interface Page {
  items: Item[];
  total: number;
  next: string | null;
}

/** The first page of some category, then with 60 % the page after it. */
export const browse: Action = (visit) => {
  const next = visit.memory.get('next');
  const category = anyOf(categories);
  if (next !== undefined && Math.random() < 0.6) return void turn(visit, next);
  const page = list(visit, `/products?category=${category}`, 'products of the category', (items) =>
    areRight(items, (item) => item.category.slug === category && isShown(item)),
  );
  remember(visit, page);
};

/** Page after page through all products, as a reader of feeds or a crawler does: deeper than anybody clicks. */
export const pageThrough: Action = (visit) => {
  turn(
    visit,
    visit.memory.get('next') ??
      `/products?limit=50&offset=${1 + Math.floor(Math.random() * 0.9 * counts.products)}`,
  );
};

export const search: Action = (visit) => {
  const words = anyOf(searches);
  list(visit, `/products?q=${encodeURIComponent(words)}`, 'products with the words', (items) =>
    areRight(items, (item) =>
      words.split(' ').every((word) => `${item.name} ${item.summary}`.toLowerCase().includes(word)),
    ),
  );
};

export const bestRated: Action = (visit) => {
  list(visit, `/products?category=${anyOf(categories)}&sort=rating`, 'best rated first', (items) => {
    const averages = items.map(({ rating }) => rating.average ?? 0);
    // Of a whole category somebody has liked a product.
    return (
      (averages[0] ?? 0) > 0 &&
      averages.every((average, index) => average <= (averages[index - 1] ?? 5) + 0.005)
    );
  });
};

export const reviewedOnly: Action = (visit) => {
  const address = `/products?category=${anyOf(categories)}&reviewed=true&since=2025-06-01`;
  list(visit, address, 'products with reviews', (items) => areRight(items, ({ rating }) => rating.count > 0));
};

export const product: Action = (visit) => {
  const id = anyProduct();
  const response = visit.get(`/products/${id}`);
  expect(response, 200, 'body is that product with its texts', () => {
    const found = jsonOf<Item & { description: string }>(response);
    return found?.id === id && found.description.length > 100;
  });
};

export const related: Action = (visit) => {
  const id = anyProduct();
  const response = visit.get(`/products/${id}/related`);
  expect(response, 200, 'body is a list of other products', () => {
    const items = jsonOf<{ items: Item[] }>(response)?.items;
    return Array.isArray(items) && items.every((item) => item.id !== id && item.name.length > 0);
  });
};

/** Somebody who comes back asks whether what the browser holds is still right. */
export const comeBack: Action = (visit) => {
  askAgain(visit, `/products?category=${anyOf(categories.slice(0, 5))}`, 'a page of products', (response) => {
    return (jsonOf<Page>(response)?.items.length ?? 0) > 0;
  });
};

export const comeBackToProduct: Action = (visit) => {
  const id = 1 + Math.floor(Math.random() * 5);
  askAgain(visit, `/products/${id}`, 'that product', (response) => jsonOf<Item>(response)?.id === id);
};

/** With all that the browser was given to ask with. */
function askAgain(
  visit: Visit,
  address: string,
  what: string,
  isRight: (response: Response) => boolean,
): void {
  const asked: Record<string, string> = {};
  for (const [given, condition] of validators) {
    const held = visit.memory.get(`${given} ${address}`);
    if (held !== undefined) asked[condition] = held;
  }
  const response = visit.get(address, asked);
  if (response.status === 304)
    return void expect(response, 304, 'nothing is sent again', (body) => body === '');
  for (const [given] of validators) {
    const value = response.headers[given];
    if (value === undefined) visit.memory.delete(`${given} ${address}`);
    else visit.memory.set(`${given} ${address}`, value);
  }
  expect(response, 200, `body is ${what}`, () => isRight(response));
}

/** As k6 spells what was given, and what is asked with it. */
const validators = [
  ['Etag', 'If-None-Match'],
  ['Last-Modified', 'If-Modified-Since'],
] as const;

function turn(visit: Visit, address: string): void {
  remember(
    visit,
    list(visit, address, 'a page of products, the newest first', (items) =>
      areRight(items, (item, index) => isShown(item) && !isNewer(item, items[index - 1])),
    ),
  );
}

/** An answer without items is none to these questions. */
function areRight(items: Item[], isRight: (item: Item, index: number) => boolean): boolean {
  return items.length > 0 && items.every(isRight);
}

function isShown({ name, price, stock }: Item): boolean {
  return name.length > 0 && price.cents > 0 && stock >= 0;
}

/** Both are written in the same way, so that texts compare as times. */
function isNewer(item: Item, before: Item | undefined): boolean {
  return before !== undefined && item.createdAt > before.createdAt;
}

function remember(visit: Visit, page: Page | null): void {
  if (page?.next) visit.memory.set('next', page.next);
  else visit.memory.delete('next');
}

function list(visit: Visit, address: string, what: string, isRight: (items: Item[]) => boolean): Page | null {
  const response = visit.get(address);
  const page = response.status === 200 ? jsonOf<Page>(response) : null;
  expect(
    response,
    200,
    `body is ${what}`,
    () => page !== null && Array.isArray(page.items) && isRight(page.items),
  );
  return page;
}
