import type Router from '@koa/router';
import type { Guard, Route } from './route.ts';

/** The router's table is made from the declarations and from nothing else, and so is the document. */
export function mountRoutes(router: Router, routes: readonly Route[], guard: Guard): void {
  for (const route of routes) {
    router[route.method](route.path, (ctx) => route.run(ctx, guard));
  }
}
