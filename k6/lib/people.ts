import http, { type RefinedResponse } from 'k6/http';
import { anyOf, emailOf, password, regulars, staff } from './shop.ts';
import { baseUrls } from './target.ts';

/** Who is signed in at one address; what a scenario does not ask for is empty. */
export interface People {
  /** `Bearer ...` of customers with orders. */
  customers: string[];
  staff: string | null;
  /** `session=...` of the same customers' browsers. */
  browsers: string[];
  /** Products with enough in stock to be ordered for a while. */
  ordered: number[];
}

export interface Wanted {
  customers?: number;
  staff?: boolean;
  browsers?: number;
  ordered?: boolean;
}

/** Not part of the load: the lab counts neither them nor their time. */
const preparation = { dyno: 'preparation' };

/** Whoever only wants to see that a scenario works need not wait for all of them. */
const peopleAtMost = Number(__ENV.PEOPLE_AT_MOST || regulars);

/** By the address at which they are signed in: two variants may keep sessions in different places. */
export type Everybody = Record<string, People>;

/** For `setup`: signing in is slow on purpose (argon2id), and a scenario is seldom about it. Ten people at most share the load's requests. */
export function signEverybodyIn(wanted: Wanted): Everybody {
  return Object.fromEntries(baseUrls.map((baseUrl) => [baseUrl, peopleAt(baseUrl, wanted)]));
}

export function tokenOf(people: People): string {
  return anyOf(people.customers);
}

function peopleAt(baseUrl: string, wanted: Wanted): People {
  const some = (count = 0) =>
    Array.from({ length: Math.min(count, regulars, peopleAtMost) }, (_, index) => index + 1);
  return {
    customers: some(wanted.customers).map((customer) => tokenAt(baseUrl, customer)),
    staff: wanted.staff ? tokenAt(baseUrl, staff) : null,
    browsers: some(wanted.browsers).map((customer) => browserAt(baseUrl, customer)),
    ordered: wanted.ordered ? inStock(baseUrl) : [],
  };
}

function tokenAt(baseUrl: string, customer: number): string {
  const body = JSON.stringify({ email: emailOf(customer), password });
  const response = http.post(`${baseUrl}/auth/sign-in`, body, {
    headers: { 'Content-Type': 'application/json' },
    tags: preparation,
  });
  if (response.status !== 200) throw refused(response, `sign ${emailOf(customer)} in`);
  return `Bearer ${String(response.json('accessToken'))}`;
}

function browserAt(baseUrl: string, customer: number): string {
  const form = { email: emailOf(customer), password };
  // A browser of its own: signing in again in the same one ends the session that was there.
  const jar = new http.CookieJar();
  const response = http.post(`${baseUrl}/account/sign-in`, form, { redirects: 0, jar, tags: preparation });
  const [cookie] = Object.values(response.cookies).flat();
  if (response.status !== 303 || cookie === undefined) throw refused(response, 'begin a session');
  return `${cookie.name}=${cookie.value}`;
}

function inStock(baseUrl: string): number[] {
  const response = http.get(`${baseUrl}/products?limit=100`, { tags: preparation });
  if (response.status !== 200) throw refused(response, 'list products');
  const { items } = JSON.parse(String(response.body)) as { items: { id: number; stock: number }[] };
  return items.filter(({ stock }) => stock >= 20).map(({ id }) => id);
}

function refused({ status, body }: RefinedResponse<'text'>, what: string): Error {
  return new Error(`Cannot ${what}: ${status} ${String(body).slice(0, 300)}`);
}
