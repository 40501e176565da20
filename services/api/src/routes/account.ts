import { z } from 'zod';
import type { AccountPage } from '../account/accountPage.ts';
import { securePage } from '../headers.ts';
import { type Route, route } from './route.ts';

const htmlSchema = z.string();

export function accountRoutes(page: AccountPage): Route[] {
  return [
    route({
      method: 'get',
      path: '/account',
      tag: 'Account',
      summary: 'The page of the customer who is signed in: profile, orders, sums, favourites, reviews',
      access: 'session',
      limit: 'page',
      answers: {
        200: { description: 'The page.', schema: htmlSchema, type: 'text/html' },
        303: { description: 'To the sign-in page: nobody is signed in.' },
      },
      async answer(ctx, { caller }) {
        const { body } = await page.of(caller.id);
        await securePage(ctx);
        ctx.status = 200;
        ctx.set('Content-Type', 'text/html; charset=utf-8');
        // It is one customer's alone: no cache on the way keeps it, nor does the browser after signing out.
        ctx.set('Cache-Control', 'private, no-store');
        ctx.body = body;
      },
    }),
  ];
}
