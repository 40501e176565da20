import type { Context } from 'koa';
import { Problem } from '../problem.ts';
import type { Guard, LimitName } from '../routes/route.ts';
import type { CookieSessions } from '../sessions/cookieSessions.ts';
import type { AccessTokens } from './accessTokens.ts';
import { type Caller, Customer } from './caller.ts';
import type { Customers } from './customers.ts';
import type { Limit } from './limits.ts';

export interface GuardDeps {
  accessTokens: AccessTokens;
  customers: Customers;
  sessions: CookieSessions;
  limits: Readonly<Record<LimitName, Limit>>;
}

export const signInPath = '/account/sign-in';

export function createGuard({ accessTokens, customers, sessions, limits }: GuardDeps): Guard {
  return {
    async admit(ctx, access) {
      // Nothing on the way may keep what was made for one caller; a route that knows better says so.
      ctx.set('Cache-Control', 'private, no-store');
      if (access === 'session') {
        const customerId = await sessions.read(ctx);
        if (customerId !== null) return new Customer(customerId, 'customer');
        ctx.set('Location', signInPath);
        ctx.body = '';
        ctx.status = 303;
        return null;
      }
      const caller = await bearerOf(ctx, accessTokens);
      if (access !== 'staff') return caller;
      // A token keeps its role for minutes; this right is not given by an old one.
      if ((await customers.roleOf(caller.id)) !== 'staff') {
        throw new Problem(403, 'Forbidden', 'Only staff may do this.');
      }
      return new Customer(caller.id, 'staff');
    },
    count(ctx, name, caller) {
      return limits[name].count(countedBy(ctx, caller), 'This was asked too often.');
    },
  };
}

async function bearerOf(ctx: Context, accessTokens: AccessTokens): Promise<Customer> {
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(ctx.get('Authorization')) ?? [];
  const caller = token === undefined ? null : await accessTokens.verify(token);
  if (caller !== null) return caller;
  ctx.set('WWW-Authenticate', token === undefined ? 'Bearer' : 'Bearer error="invalid_token"');
  throw new Problem(
    401,
    'Unauthorized',
    token === undefined
      ? 'Send "Authorization: Bearer <access token>"; POST /auth/sign-in gives one.'
      : 'The access token is not valid any more; get a new one from POST /auth/refresh.',
  );
}

function countedBy(ctx: Context, caller: Caller): string {
  return caller.kind === 'anonymous' ? `address ${ctx.ip}` : `customer ${caller.id}`;
}
