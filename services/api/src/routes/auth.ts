import { z } from 'zod';
import type { Accounts } from '../auth/accounts.ts';
import { type Route, route } from './route.ts';

const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(120, 'must be at most 120 characters')
  .pipe(z.email('must be an e-mail address'));
/** Longer than guessable, shorter than work: what is not a password is not hashed. */
const newPassword = z
  .string()
  .min(12, 'must be at least 12 characters')
  .max(128, 'must be at most 128 characters');
export const credentialsSchema = z.strictObject({ email, password: z.string().min(1).max(128) });
const refreshTokenSchema = z.strictObject({ refreshToken: z.string().min(1).max(200) });

const tokensSchema = z.strictObject({
  accessToken: z.string(),
  tokenType: z.literal('Bearer'),
  expiresInSeconds: z.int(),
  refreshToken: z.string(),
});

export function authRoutes(accounts: Accounts): Route[] {
  return [
    route({
      method: 'post',
      path: '/auth/sign-up',
      tag: 'Accounts',
      summary: 'Become a customer',
      access: 'anyone',
      limit: 'signUp',
      body: {
        type: 'application/json',
        maxBytes: 2048,
        schema: z.strictObject({
          email,
          password: newPassword,
          name: z.string().trim().min(1, 'must not be empty').max(80, 'must be at most 80 characters'),
        }),
      },
      answers: {
        201: { description: 'Signed up, and signed in.', schema: tokensSchema },
        409: 'There is an account with this e-mail address already.',
        422: 'The password is one that everybody knows.',
      },
      async answer(ctx, { body }) {
        ctx.set('Cache-Control', 'no-store');
        ctx.body = await accounts.signUp(body);
        ctx.status = 201;
      },
    }),
    route({
      method: 'post',
      path: '/auth/sign-in',
      tag: 'Accounts',
      summary: 'Get an access token and a refresh token',
      access: 'anyone',
      limit: 'signIn',
      body: { type: 'application/json', maxBytes: 2048, schema: credentialsSchema },
      answers: {
        200: { description: 'The tokens.', schema: tokensSchema },
        401: 'E-mail address or password is wrong.',
      },
      async answer(ctx, { body }) {
        ctx.set('Cache-Control', 'no-store');
        ctx.body = await accounts.signIn(body, ctx.ip);
      },
    }),
    route({
      method: 'post',
      path: '/auth/refresh',
      tag: 'Accounts',
      summary: 'Exchange a refresh token for new tokens; it is good for one use',
      access: 'anyone',
      limit: 'refresh',
      body: { type: 'application/json', maxBytes: 1024, schema: refreshTokenSchema },
      answers: {
        200: { description: 'The next tokens.', schema: tokensSchema },
        401: 'It has ended, or was used before: then all tokens of this sign-in have ended.',
      },
      async answer(ctx, { body }) {
        ctx.set('Cache-Control', 'no-store');
        ctx.body = await accounts.refresh(body.refreshToken);
      },
    }),
    route({
      method: 'post',
      path: '/auth/sign-out',
      tag: 'Accounts',
      summary: 'End a refresh token and all that came from the same sign-in',
      access: 'anyone',
      limit: 'refresh',
      body: { type: 'application/json', maxBytes: 1024, schema: refreshTokenSchema },
      answers: { 204: { description: 'It is good for nothing any more, whether it was before or not.' } },
      async answer(ctx, { body }) {
        ctx.set('Cache-Control', 'no-store');
        await accounts.signOut(body.refreshToken);
        ctx.status = 204;
      },
    }),
  ];
}
