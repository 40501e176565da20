import type Router from '@koa/router';
import type { Context, Middleware, Next } from 'koa';
import type { Guard, Route } from './route.ts';

/** The router's table is made from the declarations and from nothing else, and so is the document. */
export function mountRoutes(router: Router, routes: readonly Route[], guard: Guard): void {
  for (const route of routes) {
    router[route.method](route.path, (ctx) => route.run(ctx, guard));
  }
}

/**
 * In front of the router: an address without parameters needs no search. The router tries the pattern of every route
 * on each request, which costs an answer from memory more than finding it. What is written another way (`/Products/`) goes on to the router.
 */
export function directRoutes(routes: readonly Route[], guard: Guard): Middleware {
  const fixed = new Map(
    routes
      .filter(({ method, path }) => method === 'get' && !path.includes(':') && !path.includes('*'))
      .map((route) => [route.path, route]),
  );
  return function direct(ctx: Context, next: Next) {
    const route = ctx.req.method === 'GET' ? fixed.get(pathOf(ctx.req.url ?? '')) : undefined;
    if (route === undefined) return next();
    // Where the router writes it, for whoever names the route afterwards.
    ctx._matchedRoute = route.path;
    return route.run(ctx, guard) ?? answered;
  };
}

/** Of those that have been answered at once. */
const answered = Promise.resolve();

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
