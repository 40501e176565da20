import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { codeIn, cookieOf, type House, isLetIn, refusalOf, refusalOfReading } from './gate.ts';

const session = 'f'.repeat(64);
const houseOf = (changes: Partial<House> = {}): House => ({
  port: port(),
  bound: '127.0.0.1',
  session,
  readingIsOpen: true,
  isAction: (path) => path === '/actions/run',
  ...changes,
});

const server = createServer((incoming, response) => {
  const refusal = refusalOf(incoming, houseOf());
  response.writeHead(refusal?.status ?? 200).end();
});
const port = (): number => (server.address() as AddressInfo).port;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

const ours = {
  host: 'localhost:PORT',
  origin: 'http://localhost:PORT',
  'content-type': 'application/json',
  cookie: `theme=dark; dyno-PORT=${session}`,
};
const without = (...names: (keyof typeof ours)[]): Record<string, string> =>
  Object.fromEntries(Object.entries(ours).filter(([name]) => !names.some((one) => one === name)));

const action = { method: 'POST', path: '/actions/run' };

/** PORT stands for our own port. */
const cases: {
  what: string;
  method?: string;
  path?: string;
  headers: Record<string, string>;
  status: number;
}[] = [
  { what: 'our address', headers: { host: '127.0.0.1:PORT' }, status: 200 },
  { what: 'our name', headers: { host: 'localhost:PORT' }, status: 200 },
  { what: 'our IPv6 address', headers: { host: '[::1]:PORT' }, status: 200 },
  { what: 'a name that resolves to us', headers: { host: 'evil.example:PORT' }, status: 421 },
  { what: 'our name without the port', headers: { host: 'localhost' }, status: 421 },
  { what: 'another port', headers: { host: '127.0.0.1:1' }, status: 421 },
  { what: 'another loopback address', headers: { host: '127.0.0.2:PORT' }, status: 421 },
  {
    what: 'a target that names another host',
    path: 'http://evil.example/',
    headers: { host: 'localhost:PORT' },
    status: 421,
  },
  { what: 'our origin', headers: { host: 'localhost:PORT', origin: 'http://localhost:PORT' }, status: 200 },
  { what: 'no origin at all', headers: { host: 'localhost:PORT', origin: 'null' }, status: 403 },
  {
    what: 'another local port as origin',
    headers: { host: 'localhost:PORT', origin: 'http://localhost:1' },
    status: 403,
  },
  {
    what: 'our other name as origin',
    headers: { host: 'localhost:PORT', origin: 'http://127.0.0.1:PORT' },
    status: 403,
  },
  { what: 'our own page', headers: { host: 'localhost:PORT', 'sec-fetch-site': 'same-origin' }, status: 200 },
  { what: 'the address bar', headers: { host: 'localhost:PORT', 'sec-fetch-site': 'none' }, status: 200 },
  {
    what: 'a script of another site',
    headers: { host: 'localhost:PORT', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    status: 403,
  },
  {
    what: 'a page on another port',
    headers: { host: 'localhost:PORT', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    status: 403,
  },
  {
    what: 'a link on another site, whole tab',
    headers: {
      host: 'localhost:PORT',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    },
    status: 200,
  },
  {
    what: 'a frame on another site',
    headers: {
      host: 'localhost:PORT',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'iframe',
    },
    status: 403,
  },
  {
    what: "Next's inner header",
    headers: { host: 'evil.example', 'x-middleware-subrequest': 'middleware' },
    status: 421,
  },
  {
    what: 'a forwarded host',
    headers: { host: 'evil.example', 'x-forwarded-host': 'localhost:PORT' },
    status: 421,
  },
  { what: 'a write', method: 'POST', headers: { host: 'localhost:PORT' }, status: 405 },
  { what: 'a write of ours', ...action, headers: ours, status: 200 },
  { what: 'a write of ours to a page', method: 'POST', headers: ours, status: 405 },
  { what: 'a write to a longer path', ...action, path: '/actions/run/', headers: ours, status: 405 },
  { what: 'a write by another method', ...action, method: 'PUT', headers: ours, status: 405 },
  { what: 'a write without an origin', ...action, headers: without('origin'), status: 403 },
  { what: 'a write of no origin', ...action, headers: { ...ours, origin: 'null' }, status: 403 },
  {
    what: 'a write of another port',
    ...action,
    headers: { ...ours, origin: 'http://localhost:1' },
    status: 403,
  },
  {
    what: 'a write of another site',
    ...action,
    headers: { ...ours, 'sec-fetch-site': 'same-site' },
    status: 403,
  },
  {
    what: 'a write to a name that resolves to us',
    ...action,
    headers: { ...ours, host: 'evil.example:PORT' },
    status: 421,
  },
  { what: 'a write without the cookie', ...action, headers: without('cookie'), status: 401 },
  {
    what: 'a write with a wrong cookie',
    ...action,
    headers: { ...ours, cookie: `dyno-PORT=${'e'.repeat(64)}` },
    status: 401,
  },
  {
    what: 'a write with a short cookie',
    ...action,
    headers: { ...ours, cookie: 'dyno-PORT=f' },
    status: 401,
  },
  {
    what: 'a write with the cookie of another port',
    ...action,
    headers: { ...ours, cookie: `dyno-1=${session}` },
    status: 401,
  },
  {
    what: 'a write with the session in the address',
    ...action,
    path: `/actions/run?token=${session}`,
    headers: without('cookie'),
    status: 401,
  },
  {
    what: 'a form',
    ...action,
    headers: { ...ours, 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
  },
  { what: 'text', ...action, headers: { ...ours, 'content-type': 'text/plain' }, status: 415 },
  { what: 'no type', ...action, headers: without('content-type'), status: 415 },
  {
    what: 'JSON in UTF-8',
    ...action,
    headers: { ...ours, 'content-type': 'application/json; charset=UTF-8' },
    status: 200,
  },
  { what: 'a preflight', method: 'OPTIONS', headers: { host: 'localhost:PORT' }, status: 405 },
];

for (const { what, method = 'GET', path = '/', headers, status } of cases)
  test(`the gate answers ${status} to ${what}`, async () => {
    const filled = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replaceAll('PORT', String(port()))]),
    );
    const sent = request({
      host: '127.0.0.1',
      port: port(),
      method,
      path,
      headers: filled,
      agent: false,
    }).end();
    const [answer] = await once(sent, 'response');
    answer.resume();
    assert.equal(answer.statusCode, status);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  });

test('what only reads takes no writes', () => {
  const headers = { ...ours, host: '127.0.0.1:1', origin: 'http://127.0.0.1:1' };
  const house = houseOf({ port: 1, session: null });
  assert.equal(refusalOf({ method: 'POST', url: '/actions/run', headers }, house)?.status, 405);
});

test('bound to other machines, reading needs the cookie too', () => {
  const house = houseOf({ port: 1, bound: '192.0.2.7', readingIsOpen: false });
  const host = '192.0.2.7:1';
  const asked = (headers: Record<string, string>) => ({ method: 'GET', url: '/', headers });
  assert.equal(refusalOf(asked({ host }), house), null);
  assert.equal(refusalOf(asked({ host: '192.0.2.8:1' }), house)?.status, 421);
  assert.equal(refusalOfReading(asked({ host }), house)?.status, 401);
  const [cookie = ''] = cookieOf(house, session).split(';');
  assert.equal(refusalOfReading(asked({ host, cookie }), house), null);
  assert.equal(
    refusalOf(asked({ host }), houseOf({ port: 1 }))?.status,
    421,
    'on loopback only its names count',
  );
});

test('the cookie is out of reach for scripts and other sites', () => {
  const cookie = cookieOf(houseOf({ port: 1 }), session);
  assert.match(cookie, /; HttpOnly/);
  assert.match(cookie, /; SameSite=Strict/);
  assert.equal(isLetIn({ cookie: cookie.split(';')[0] }, houseOf({ port: 1 })), true);
  assert.equal(isLetIn({}, houseOf({ port: 1 })), false);
  assert.equal(isLetIn({ cookie: 'dyno-1=' }, houseOf({ port: 1, session: null })), false);
});

test('an address with a code leads to the same page without it, and nowhere else', () => {
  const rest = (url: string, method = 'GET') => codeIn({ method, url, headers: {} })?.rest;
  assert.equal(rest('/?token=1'), '/');
  assert.equal(rest('/runs/a?p=95&token=1&t=3'), '/runs/a?p=95&t=3');
  for (const url of ['//evil.example/?token=1', '/\\evil.example/?token=1', '\\\\evil.example?token=1'])
    assert.equal(new URL(rest(url) ?? '', 'http://127.0.0.1:1').host, '127.0.0.1:1', url);
  assert.equal(rest('/?tok=1'), undefined);
  assert.equal(rest('/?token=1', 'HEAD'), undefined);
});
