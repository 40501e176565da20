import type { Asked, Caller, Customer, Received, Sender } from './canaries.ts';

/** An address to ask, and the route that it belongs to. */
export interface Place {
  route: string;
  path: string;
  /** Its answers may be kept and given to others. */
  isPublic: boolean;
}

export function placesOf(customers: readonly Customer[]): Place[] {
  const everybodys = [
    ['/products', '/products?category=kitchen&limit=3'],
    ['/products/:id', '/products/1'],
    ['/products/:id', '/products/999999'],
    ['/products/:id/related', '/products/1/related'],
  ] as const;
  const unkept = [
    ['/healthz', '/healthz'],
    ['/readyz', '/readyz'],
    ['/openapi.json', '/openapi.json'],
    ['/account/sign-in', '/account/sign-in'],
    ['/profile', '/profile'],
    ['/orders', '/orders'],
    ...customers.map(({ orderId }) => ['/orders/:id', `/orders/${orderId}`] as const),
    ['/account', '/account'],
    ['/exports/orders.csv', '/exports/orders.csv?from=2026-01-01&to=2026-01-02'],
    ['/reports/:id', '/reports/1'],
    ['/imports/:id', '/imports/1'],
  ] as const;
  const place =
    (isPublic: boolean) =>
    ([route, path]: readonly [string, string]) => ({ route, path, isPublic });
  return [...everybodys.map(place(true)), ...unkept.map(place(false))];
}

export interface Way {
  name: string;
  ask(path: string): Asked;
}

/** Ways to ask that have made caches mix up answers elsewhere. */
export const ways: readonly Way[] = [
  { name: 'GET', ask: (path) => ({ method: 'GET', path }) },
  { name: 'HEAD', ask: (path) => ({ method: 'HEAD', path }) },
  { name: 'If-None-Match', ask: (path) => ({ method: 'GET', path, headers: { 'if-none-match': '*' } }) },
  {
    name: 'If-Modified-Since',
    ask: (path) => ({
      method: 'GET',
      path,
      headers: { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
    }),
  },
  { name: 'Range', ask: (path) => ({ method: 'GET', path, headers: { range: 'bytes=0-4000' } }) },
  { name: 'gzip', ask: (path) => ({ method: 'GET', path, headers: { 'accept-encoding': 'gzip' } }) },
  { name: 'brotli', ask: (path) => ({ method: 'GET', path, headers: { 'accept-encoding': 'br' } }) },
  { name: 'utm', ask: (path) => ({ method: 'GET', path: withQuery(path, 'utm_source=1') }) },
  { name: 'parameter twice', ask: (path) => ({ method: 'GET', path: withQuery(path, 'x=1&x=2') }) },
  {
    name: 'upper case',
    ask: (path) => ({ method: 'GET', path: withPath(path, (name) => name.toUpperCase()) }),
  },
  {
    name: 'slash at the end',
    ask: (path) => ({ method: 'GET', path: withPath(path, (name) => `${name}/`) }),
  },
  { name: '//', ask: (path) => ({ method: 'GET', path: `/${path}` }) },
  { name: '%2e', ask: (path) => ({ method: 'GET', path: `/x/%2e%2e${path}` }) },
  { name: '.css', ask: (path) => ({ method: 'GET', path: withPath(path, (name) => `${name}/x.css`) }) },
  { name: 'Host', ask: (path) => ({ method: 'GET', path, headers: { host: 'other.example' } }) },
  {
    name: 'X-Forwarded-Host',
    ask: (path) => ({ method: 'GET', path, headers: { 'x-forwarded-host': 'other.example' } }),
  },
  {
    name: 'X-Original-URL',
    ask: (path) => ({
      method: 'GET',
      path,
      headers: { 'x-original-url': '/account', 'x-rewrite-url': '/account' },
    }),
  },
];

/** Everybody asks for everything in these ways, cold and warm; what anybody got that is not theirs comes back in words. */
export async function hunt(
  client: Sender,
  callers: readonly Caller[],
  places: readonly Place[],
  waysTo: (place: Place) => readonly Way[] = () => ways,
): Promise<string[]> {
  const pairs = places.flatMap((place) => waysTo(place).map((way) => ({ place, way })));
  const leaks = await Promise.all(
    pairs.map(async ({ place, way }) => {
      const found: string[] = [];
      for (const time of ['cold', 'warm']) {
        for (const caller of callers) {
          const answer = await askAs(client, caller, way.ask(place.path));
          found.push(
            ...leaksIn(answer, caller, callers, place).map(
              (leak) => `${caller.name}, ${way.name} ${place.path}, ${time}: ${leak}`,
            ),
          );
        }
      }
      return found;
    }),
  );
  return leaks.flat();
}

export function askAs(client: Sender, caller: Caller, { headers = {}, ...asked }: Asked): Promise<Received> {
  return client.send({ ...asked, headers: { ...caller.headers, ...headers } });
}

export function leaksIn(
  answer: Received,
  caller: Caller,
  callers: readonly Caller[],
  place: Pick<Place, 'isPublic'>,
): string[] {
  const text = JSON.stringify(answer.headers) + answer.body;
  const leaks = callers
    .filter((other) => other !== caller && other.canary !== null && text.includes(other.canary))
    .map((other) => `got what is ${other.name}'s`);
  if (caller.canary !== null && text.includes(caller.canary)) {
    if (!/\bno-store\b/.test(answer.headers['cache-control'] ?? '')) leaks.push('others may keep it');
    // Without the right to the answer it would say whether a guess at it was right.
    const validator = answer.headers.etag ?? answer.headers['last-modified'];
    if (validator !== undefined) leaks.push('a private answer has a validator');
  }
  if (place.isPublic && answer.headers['set-cookie'] !== undefined)
    leaks.push('a public answer sets a cookie');
  if (!place.isPublic && /\bpublic\b/.test(answer.headers['cache-control'] ?? '')) {
    leaks.push('a private route lets others keep its answers');
  }
  return leaks;
}

function withQuery(path: string, query: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

function withPath(path: string, change: (name: string) => string): string {
  const [name = '', query] = path.split('?', 2);
  return change(name) + (query === undefined ? '' : `?${query}`);
}
