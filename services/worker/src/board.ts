import { createHash, timingSafeEqual } from 'node:crypto';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { KoaAdapter } from '@bull-board/koa';
import type { Context, Middleware, Next } from 'koa';
import type { Queues } from './queues.ts';

const boardPath = '/board';
const user = 'board';

/** The queues in a browser: what waits, runs and failed, with buttons to try again. Only for whoever knows the password. */
export function board(queues: Queues, password: string): Middleware[] {
  const serverAdapter = new KoaAdapter().setBasePath(boardPath);
  createBullBoard({
    queues: Object.values(queues).map((queue) => new BullMQAdapter(queue)),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Shop: queues' } },
  });
  return [onlyWith(password), serverAdapter.registerPlugin()];
}

function onlyWith(password: string): Middleware {
  const expected = digest(`${user}:${password}`);
  return async function authenticate(ctx: Context, next: Next) {
    if (ctx.path !== boardPath && !ctx.path.startsWith(`${boardPath}/`)) return next();
    const given = /^Basic ([\w+/=]+)$/.exec(ctx.get('Authorization'))?.[1] ?? '';
    if (!timingSafeEqual(digest(Buffer.from(given, 'base64').toString('utf8')), expected)) {
      ctx.set('WWW-Authenticate', 'Basic realm="queues", charset="UTF-8"');
      ctx.throw(401);
    }
    // A browser sends the password along with what a foreign page asks of it, too.
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD' && !isOwn(ctx)) ctx.throw(403);
    ctx.set('Cache-Control', 'no-store');
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('X-Frame-Options', 'DENY');
    return next();
  };
}

function isOwn(ctx: Context): boolean {
  const origin = ctx.get('Origin');
  return URL.canParse(origin) && new URL(origin).host === ctx.host;
}

/** Of equal length whatever was given. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
