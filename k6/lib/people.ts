import { sleep } from 'k6';
import http, { type RefinedResponse } from 'k6/http';
import { load } from './load.ts';
import { anyOf, emailOf, months, password, priceList, regulars, staff } from './shop.ts';
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
  /** One for each virtual user: it is good for one use, and its successor for the next. */
  refreshTokens: string[];
  /** Addresses of orders, each with the token of whoever placed it. */
  orders: { address: string; token: string }[];
  /** Addresses of an import and of a report that are done. */
  importDone: string | null;
  reportDone: string | null;
}

export const nobody: People = {
  customers: [],
  staff: null,
  browsers: [],
  ordered: [],
  refreshTokens: [],
  orders: [],
  importDone: null,
  reportDone: null,
};

export interface Wanted {
  customers?: number;
  staff?: boolean;
  browsers?: number;
  ordered?: boolean;
  refreshTokens?: boolean;
  /** Of the customers that are signed in. */
  orders?: boolean;
  /** An import and a report, by the staff. */
  jobs?: boolean;
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
  const customers = some(wanted.customers).map((customer) => tokenAt(baseUrl, customer));
  const ofStaff = wanted.staff ? tokenAt(baseUrl, staff) : null;
  const users = wanted.refreshTokens ? Array.from({ length: load.vus }, (_, user) => user + 1) : [];
  return {
    customers,
    staff: ofStaff,
    browsers: some(wanted.browsers).map((customer) => browserAt(baseUrl, customer)),
    ordered: wanted.ordered ? inStock(baseUrl) : [],
    refreshTokens: users.map((customer) => String(signInAt(baseUrl, customer).json('refreshToken'))),
    orders: wanted.orders ? customers.flatMap((token) => ordersOf(baseUrl, token)) : [],
    importDone: wanted.jobs ? doneAt(baseUrl, '/imports/products', priceList(1), 'text/csv', ofStaff) : null,
    reportDone: wanted.jobs
      ? doneAt(
          baseUrl,
          '/reports/monthly',
          JSON.stringify({ month: anyOf(months) }),
          'application/json',
          ofStaff,
        )
      : null,
  };
}

function tokenAt(baseUrl: string, customer: number): string {
  return `Bearer ${String(signInAt(baseUrl, customer).json('accessToken'))}`;
}

function signInAt(baseUrl: string, customer: number): RefinedResponse<'text'> {
  const body = JSON.stringify({ email: emailOf(customer), password });
  const response = http.post(`${baseUrl}/auth/sign-in`, body, {
    headers: { 'Content-Type': 'application/json' },
    tags: preparation,
  });
  if (response.status !== 200) throw refused(response, `sign ${emailOf(customer)} in`);
  return response;
}

/** Few: the naive shop looks through all lines for each of them. */
function ordersOf(baseUrl: string, token: string): { address: string; token: string }[] {
  const response = http.get(`${baseUrl}/orders?limit=5`, {
    headers: { Authorization: token },
    tags: preparation,
  });
  if (response.status !== 200) throw refused(response, 'list orders');
  const { items } = JSON.parse(String(response.body)) as { items: { id: number }[] };
  return items.map(({ id }) => ({ address: `/orders/${id}`, token }));
}

/** Sends work to be done and waits until it is; the address under which it is then found. */
function doneAt(baseUrl: string, path: string, body: string, type: string, token: string | null): string {
  const headers = { Authorization: token ?? '', 'Content-Type': type };
  const sent = http.post(baseUrl + path, body, { headers, tags: preparation });
  if (sent.status !== 202) throw refused(sent, `begin ${path}`);
  const address = sent.headers.Location ?? '';
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const found = http.get(baseUrl + address, { headers, tags: preparation });
    if (found.status === 200 && found.json('state') === 'done') return address;
    sleep(0.1);
  }
  throw new Error(`${address} was not done within ten seconds.`);
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
