/** What is in the seeded database, so that a scenario asks for things that are there; see services/api/src/db/recipes.ts. */
const size = Math.max(1, Number(__ENV.SHOP_SIZE || 1));

export const counts = { products: 2000 * size, customers: 2000 * size };

export const categories = [
  ...['home', 'outdoor', 'office', 'electronics', 'kitchen', 'bathroom', 'lighting', 'bedding', 'camping'],
  ...['cycling', 'garden', 'climbing', 'furniture', 'stationery', 'storage', 'printing', 'audio', 'photo'],
  ...['computers', 'wearables'],
];

/** Words of names and summaries, and two of them together. */
export const searches = ['oak', 'daily', 'oak daily', 'chair', 'linen', 'steel lamp', 'shelf', 'wool'];

/** Months in which there are orders. */
export const months = ['2025-07', '2025-08', '2025-09', '2025-10', '2025-11'];

/** They have twenty orders and more. */
export const regulars = 20;
export const staff = counts.customers;
export const password = 'correct horse battery staple';

export function emailOf(customer: number): string {
  return `customer${customer}@example.com`;
}

export function anyOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('There is nothing to choose from.');
  return item;
}

/** A few products are looked at far more often than the rest: of a hundred visits half go to a tenth of them. */
export function anyProduct(): number {
  return 1 + Math.floor(Math.random() ** 3.3 * counts.products);
}

/** Products whose file may be sent again and again: the first time they are new, afterwards they change. */
export function priceList(rows: number): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const cents = 500 + Math.floor(Math.random() * 50_000);
    return `IMPORT-${index},Oak board ${index},A board for everything.,kitchen,${cents},${index % 200},900`;
  });
  return ['sku,name,summary,category,price_cents,stock,weight_grams', ...lines, ''].join('\n');
}

/** What no other iteration of any run has said. */
export function randomName(): string {
  return Math.random().toString(36).slice(2, 12);
}
