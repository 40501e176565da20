import { check, sleep } from 'k6';
import http, { type RefinedResponse } from 'k6/http';
import { firstWait, load, loadOptions } from '../lib/load.ts';
import { nextTarget } from '../lib/target.ts';
import { traceparent } from '../lib/traceparent.ts';

/**
 * People who look through the shop's products: the first page of some category, then with 60 % the next page, and so on.
 * Closed model: they read for a second between two pages. Open model (RATE): as many pages a second, whatever the answers take.
 */
export const options = loadOptions(load);

const thinkSeconds = 1;
const turnPageShare = 0.6;

/** The shop's categories; see services/api/src/db/recipes.ts. */
const categories = [
  ...['home', 'outdoor', 'office', 'electronics', 'kitchen', 'bathroom', 'lighting', 'bedding', 'camping'],
  ...['cycling', 'garden', 'climbing', 'furniture', 'stationery', 'storage', 'printing', 'audio', 'photo'],
  ...['computers', 'wearables'],
];

/** Where this virtual user goes next, at each variant; each user has its own copy of this module. */
const nextPages: Record<string, string | null> = {};

export default function visit(): void {
  const wait = firstWait(thinkSeconds);
  if (wait > 0) sleep(wait);
  const { baseUrl, tags } = nextTarget();
  const nextPage = nextPages[baseUrl] ?? null;
  const turned = nextPage !== null && Math.random() < turnPageShare;
  const path = turned && nextPage !== null ? nextPage : `/products?category=${anyCategory()}`;
  const response = http.get(baseUrl + path, {
    tags,
    headers: { traceparent: traceparent(load.traceSampling) },
  });
  const page = readPage(response);
  check(response, {
    'status is 200': ({ status }) => status === 200,
    'body is a page of products': () => page !== null,
  });
  nextPages[baseUrl] = page?.next ?? null;
  if (load.ratePerSecond === null) sleep(thinkSeconds);
}

interface Page {
  items: unknown[];
  next: string | null;
}

function readPage(response: RefinedResponse<'text'>): Page | null {
  if (response.status !== 200) return null;
  try {
    const body: unknown = JSON.parse(response.body);
    return isPage(body) ? body : null;
  } catch {
    return null;
  }
}

function isPage(body: unknown): body is Page {
  if (typeof body !== 'object' || body === null || !('items' in body) || !('next' in body)) return false;
  return Array.isArray(body.items) && body.items.length > 0 && isProduct(body.items[0]) && isLink(body.next);
}

function isProduct(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'name' in item && 'price' in item && 'stock' in item;
}

function isLink(next: unknown): next is string | null {
  return next === null || (typeof next === 'string' && next.startsWith('/'));
}

function anyCategory(): string {
  return categories[Math.floor(Math.random() * categories.length)] ?? 'home';
}
