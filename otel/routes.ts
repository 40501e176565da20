import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** What Express leaves on the request that it has routed. */
interface ExpressRequest {
  baseUrl?: unknown;
  route?: { path?: unknown };
}

/** What Fastify publishes when the handler of a route begins. */
interface FastifyHandling {
  request?: { raw?: IncomingMessage };
  route?: { url?: unknown };
}
const fastifyRoute = Symbol('dyno.fastify.route');
type Routed = IncomingMessage & ExpressRequest & { [fastifyRoute]?: string };

/** Fastify says the route of each request, on a channel of its own. */
export function listenToFastify(): void {
  diagnostics.subscribe('tracing:fastify.request.handler:start', (message) => {
    const { request, route } = message as FastifyHandling;
    if (request?.raw && typeof route?.url === 'string') (request.raw as Routed)[fastifyRoute] = route.url;
  });
}

/** The pattern that has matched, in the frameworks that tell it. */
export function routeOf(request: IncomingMessage, response: ServerResponse): string | undefined {
  const koa = (response as WithContext)[koaContext]?._matchedRoute?.toString();
  if (koa) return koa;
  const { route, baseUrl, [fastifyRoute]: fastify } = request as Routed;
  if (fastify) return fastify;
  if (typeof route?.path !== 'string') return undefined;
  return `${typeof baseUrl === 'string' ? baseUrl : ''}${route.path}`;
}
