import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { refusalOf } from './gate.ts';

const server = createServer((incoming, response) => {
  const refusal = refusalOf(incoming, port());
  response.writeHead(refusal?.status ?? 200).end();
});
const port = (): number => (server.address() as AddressInfo).port;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

/** PORT stands for our own port. */
const cases: { what: string; method?: string; headers: Record<string, string>; status: number }[] = [
  { what: 'our address', headers: { host: '127.0.0.1:PORT' }, status: 200 },
  { what: 'our name', headers: { host: 'localhost:PORT' }, status: 200 },
  { what: 'our IPv6 address', headers: { host: '[::1]:PORT' }, status: 200 },
  { what: 'a name that resolves to us', headers: { host: 'evil.example:PORT' }, status: 421 },
  { what: 'our name without the port', headers: { host: 'localhost' }, status: 421 },
  { what: 'another port', headers: { host: '127.0.0.1:1' }, status: 421 },
  { what: 'another loopback address', headers: { host: '127.0.0.2:PORT' }, status: 421 },
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
  { what: 'a preflight', method: 'OPTIONS', headers: { host: 'localhost:PORT' }, status: 405 },
];

for (const { what, method = 'GET', headers, status } of cases)
  test(`the gate answers ${status} to ${what}`, async () => {
    const filled = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port()))]),
    );
    const sent = request({ host: '127.0.0.1', port: port(), method, headers: filled, agent: false }).end();
    const [answer] = await once(sent, 'response');
    answer.resume();
    assert.equal(answer.statusCode, status);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  });
