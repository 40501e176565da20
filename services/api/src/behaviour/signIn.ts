import assert from 'node:assert/strict';
import { demoPassword } from '../db/demoPassword.ts';
import { bearer, regularId } from '../testing/callers.ts';
import type { TestShop } from '../testing/shop.ts';
import { asks, type Exchange, seen, tells } from './exchange.ts';

const signInRoutes = ['GET /account', 'POST /account/sign-in', 'POST /account/sign-out'];

export const signInExchanges: readonly Exchange[] = [
  asks('GET /profile', '/profile'),
  tells('a profile is that of whoever asks', ['GET /profile'], async (shop) => [
    seen(await shop.get('/profile', { headers: await bearer(regularId) })),
    seen(await shop.get('/profile', { headers: await bearer(11) })),
  ]),
  tells('a changed profile is seen at once', ['GET /profile', 'PATCH /profile'], async (shop) => {
    const headers = await bearer(12);
    const told: unknown[] = [];
    for (const city of ['Trier', 'Kiel']) {
      told.push(seen(await shop.send('PATCH', '/profile', { city }, headers)));
      told.push(seen(await shop.get('/profile', { headers })));
    }
    return told;
  }),
  tells('a wrong password', ['POST /auth/sign-in'], async (shop) =>
    seen(
      await shop.send('POST', '/auth/sign-in', {
        email: `nobody${Math.random()}@example.com`,
        password: 'x',
      }),
    ),
  ),
  asks('GET /account/sign-in', '/account/sign-in'),
  tells('the page of whoever has signed in, until signing out', signInRoutes, async (shop) => {
    const cookie = await signInWithForm(shop, 13);
    const page = await shop.get('/account', { headers: { cookie } });
    const again = await shop.get('/account', { headers: { cookie } });
    const out = await shop.get('/account/sign-out', { method: 'POST', headers: { cookie } });
    const after = await shop.get('/account', { headers: { cookie } });
    assert.equal(again.body, page.body);
    return [page, out, after].map(seen);
  }),
];

/** The cookie, as a browser would send it. */
export async function signInWithForm(shop: TestShop, customerId: number): Promise<string> {
  const answer = await shop.get('/account/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      email: `customer${customerId}@example.com`,
      password: demoPassword,
    }).toString(),
  });
  assert.equal(answer.status, 303, answer.body);
  const [cookie] = answer.headers.getSetCookie();
  return cookie?.split(';')[0] ?? assert.fail('no cookie was set');
}
