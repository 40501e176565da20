import type Router from '@koa/router';
import { Problem, unavailable } from '../problem.ts';

/** A part without which answers fail or are slower; `check` throws when it cannot be reached. */
export interface Part {
  name: string;
  check(): Promise<unknown>;
}

export function healthRoutes(router: Router, parts: readonly Part[], isDraining: () => boolean): void {
  router.get('/healthz', (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'alive' };
  });
  router.get('/readyz', async (ctx) => {
    if (isDraining()) throw unavailable('The service is stopping.');
    for (const part of parts) {
      await part.check().catch((cause: unknown) => {
        throw new Problem(503, 'Not ready', `${part.name} cannot be reached.`, {
          retryAfterSeconds: 1,
          cause,
        });
      });
    }
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'ready', parts: parts.map(({ name }) => name) };
  });
}
