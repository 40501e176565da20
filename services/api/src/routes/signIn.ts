import type { Context } from 'koa';
import type { Accounts } from '../auth/accounts.ts';
import { signInPath } from '../auth/guard.ts';
import { securePage } from '../headers.ts';
import { Problem } from '../problem.ts';
import type { CookieSessions } from '../sessions/cookieSessions.ts';
import { credentialsSchema } from './auth.ts';
import { type Route, route } from './route.ts';
import { signInPage } from './signInPage.ts';

const page = 'text/html; charset=utf-8';

export interface SignInDeps {
  accounts: Accounts;
  sessions: CookieSessions;
  /** As browsers see the service; other origins send no form here. */
  publicOrigin: string;
}

/** Signing in with a form, for the pages; what the pages show is in account.ts. */
export function signInRoutes({ accounts, sessions, publicOrigin }: SignInDeps): Route[] {
  return [
    route({
      method: 'get',
      path: signInPath,
      tag: 'Pages',
      summary: 'Form to sign in',
      access: 'anyone',
      answers: { 200: { description: 'The form.', type: page } },
      answer(ctx) {
        return show(ctx, null);
      },
    }),
    route({
      method: 'post',
      path: signInPath,
      tag: 'Pages',
      summary: 'Sign in and go to the account',
      access: 'anyone',
      limit: 'signIn',
      body: { type: 'application/x-www-form-urlencoded', maxBytes: 2048, schema: credentialsSchema },
      answers: {
        303: { description: 'Signed in; to the account.', headers: { Location: 'The account.' } },
        401: { description: 'The form again: e-mail address or password is wrong.', type: page },
        403: 'The form was sent by a page of somebody else.',
      },
      async answer(ctx, { body }) {
        refuseForeignForms(ctx, publicOrigin);
        ctx.set('Cache-Control', 'no-store');
        const customer = await accounts.authenticate(body, ctx.ip).catch((error: unknown) => {
          if (error instanceof Problem && error.status === 401) return error;
          throw error;
        });
        if (customer instanceof Problem) {
          ctx.status = 401;
          return show(ctx, customer.detail);
        }
        await sessions.begin(ctx, customer.id);
        seeOther(ctx, '/account');
      },
    }),
    route({
      method: 'post',
      path: '/account/sign-out',
      tag: 'Pages',
      summary: 'End the session of this browser',
      access: 'anyone',
      answers: {
        303: { description: 'Signed out; to the form.', headers: { Location: 'The form.' } },
        403: 'The form was sent by a page of somebody else.',
      },
      async answer(ctx) {
        refuseForeignForms(ctx, publicOrigin);
        ctx.set('Cache-Control', 'no-store');
        await sessions.end(ctx);
        seeOther(ctx, signInPath);
      },
    }),
  ];
}

async function show(ctx: Context, problem: string | null): Promise<void> {
  await securePage(ctx);
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Content-Type', page);
  ctx.body = signInPage(problem);
}

function seeOther(ctx: Context, to: string): void {
  ctx.set('Location', to);
  // Without a body Koa would write one, in words of its own.
  ctx.body = '';
  ctx.status = 303;
}

/**
 * A form of another page could sign a visitor in as somebody else, or out. Browsers say where a form comes from in a
 * header that no page can write; what is no browser has no cookies to abuse.
 */
function refuseForeignForms(ctx: Context, publicOrigin: string): void {
  const site = ctx.get('Sec-Fetch-Site');
  const origin = ctx.get('Origin');
  const own = [publicOrigin, `${ctx.protocol}://${ctx.host}`];
  const isForeign =
    site === '' ? origin !== '' && !own.includes(origin) : site !== 'same-origin' && site !== 'none';
  if (isForeign) throw new Problem(403, 'Forbidden', 'Send this form from the page of the shop itself.');
}
