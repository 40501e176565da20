import type { ServerResponse } from 'node:http';
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';

/** A Koa context, as far as we read it; the router writes the pattern that has matched. */
interface KoaContext {
  _matchedRoute?: string | RegExp;
}
type CreateContext = (request: unknown, response: ServerResponse) => KoaContext;

const koaContext = Symbol('dyno.koa.context');

/** Remembers each response's Koa context, whose route has a name in metrics also where nothing is traced. */
export class KoaRoutes extends InstrumentationBase {
  constructor() {
    super('dyno.koa.routes', '1.0.0', {});
  }

  protected override init() {
    return new InstrumentationNodeModuleDefinition('koa', ['>=2 <4'], (module) => {
      const koa = (module?.default ?? module) as { prototype: { createContext: CreateContext } };
      this._wrap(
        koa.prototype,
        'createContext',
        (original) =>
          function (this: unknown, request, response) {
            const context = original.call(this, request, response);
            (response as WithContext)[koaContext] = context;
            return context;
          },
      );
      return module;
    });
  }
}

type WithContext = ServerResponse & { [koaContext]?: KoaContext };

export function koaRouteOf(response: ServerResponse): string | undefined {
  return (response as WithContext)[koaContext]?._matchedRoute?.toString();
}
